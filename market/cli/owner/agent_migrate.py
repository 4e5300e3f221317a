"""agent migrate: the agent's store, while no agent runs."""

from __future__ import annotations

import click

from market.cli.lazy import Leaf
from market.cli.migrated import show_migrated
from market.cli.owner.own_home import open_agent_home
from market.cli.session import AGENT_HOME, Session, pass_session
from market.vault.store.opening import migrate_store


@click.command("migrate", cls=Leaf, epilog="Example: market agent migrate --home /srv/agent")
@pass_session
def migrate_agent(session: Session) -> None:
    """Bring the store of an earlier release's agent to this one's tables, while no agent runs.

    Take `market agent backup` first, with the earlier release: there is no way back to it.
    """
    home = open_agent_home(session.home_path(AGENT_HOME))
    show_migrated(session, migrate_store(home.database_path))
