"""What a migration of a database did, in words."""

from __future__ import annotations

from market.cli.session import Session
from market.database.migrate import Migrated


def show_migrated(session: Session, migrated: Migrated) -> None:
    """What was done, in one line."""
    session.output.show(
        {"before": migrated.before, "after": migrated.after},
        lambda output: output.line(f"{migrated}."),
    )
