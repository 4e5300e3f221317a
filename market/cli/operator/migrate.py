"""admin migrate: the platform's database is made or changed by one command, while nothing else has
it open. Every other command looks at its revision, and refuses another than this release's."""

from __future__ import annotations

import click

from market.cli.lazy import Leaf
from market.cli.migrated import show_migrated
from market.cli.session import Session, load_settings, pass_session
from market.database.migrate import bring_up_to_date


@click.command("migrate", cls=Leaf, epilog="Example: market admin migrate --home ./platform")
@pass_session
def migrate_platform(session: Session) -> None:
    """Make the platform's database, or bring an earlier release's to this one's tables.

    `market up` does the same before it starts anything. It is refused while a process has the
    database open; one that is up to date is left alone. Take a backup first: there is no way back
    to the earlier release.
    """
    settings = load_settings(session)
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    show_migrated(session, bring_up_to_date(settings.platform_database_url, "platform"))
