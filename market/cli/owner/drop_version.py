"""dataset drop-version: an older version ends for good."""

from __future__ import annotations

from pathlib import Path

import click

from market.cli.lazy import Leaf
from market.cli.output import Output
from market.cli.owner.own_home import agent_home_option, open_agent_home
from market.cli.session import Session, confirm, now, pass_session
from market.owner.word.drop_version import REMAINS, drop_version


@click.command(
    "drop-version", cls=Leaf, epilog="Example: market dataset drop-version household-visits 1"
)
@click.argument("dataset")
@click.argument("version", type=click.IntRange(1))
@agent_home_option
@click.option("--yes", is_flag=True, help="Do not ask again.")
@pass_session
def drop_version_command(
    session: Session, dataset: str, version: int, agent_home: Path | None, yes: bool
) -> None:
    """Delete an older version's ciphertext now, and what your agent needs to answer it.

    Neither the newest version nor one that is served can be dropped, nor one that a job under way
    is about. Listing, manifest, receipts and what was spent stay. There is no way back.
    """
    confirm(session, f"Delete version {version} of {dataset} for ever?", yes=yes)
    home = open_agent_home(session.agent_home_path(agent_home))
    identity = session.keyring.identity()
    drop_version(session.portal(), identity, home, dataset, version, now=now())

    def render(output: Output) -> None:
        output.line(
            f"Version {version} of {dataset} goes: the platform is deleting its ciphertext."
        )
        output.line(REMAINS)

    session.output.show({"dataset": dataset, "version": version, "remains": REMAINS}, render)
