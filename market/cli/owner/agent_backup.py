"""agent backup, restore, reconcile: an agent is saved, made again, and brought up to date."""

from __future__ import annotations

import secrets
from pathlib import Path

import click

from crypto.secret import Secret
from market.agent.reconcile import reconcile
from market.agent.token import token_of
from market.cli.lazy import Leaf
from market.cli.output import Output
from market.cli.owner.own_home import open_agent_home
from market.cli.session import (
    AGENT_HOME,
    AGENT_PASSPHRASE_FILE,
    Session,
    ask_passphrase,
    now,
    pass_session,
)
from market.vault.backup import backup, restore
from market.vault.store.opening import open_store


@click.command("backup", cls=Leaf, epilog="Example: market agent backup agent-2024-05-01.backup")
@click.argument("archive", type=click.Path(path_type=Path))
@pass_session
def backup_command(session: Session, archive: Path) -> None:
    """Write an encrypted archive of the agent's home, also while it runs.

    The archive opens with the agent's key file or passphrase, which is not in it: keep that apart.
    """
    home = open_agent_home(session.home_path(AGENT_HOME))
    backup(home, archive, entropy=secrets.token_bytes)
    session.output.show(
        {"archive": str(archive)},
        lambda output: output.line(f"Wrote {archive}. Keep {home.path / 'unlock'} apart from it."),
    )


@click.command(
    "restore",
    cls=Leaf,
    epilog="Example: market agent restore agent.backup --unlock-file unlock --home /srv/agent",
)
@click.argument("archive", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--unlock-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The agent's key file; else its passphrase is asked for, or read as `agent init` does.",
)
@pass_session
def restore_command(session: Session, archive: Path, unlock_file: Path | None) -> None:
    """Make an agent's home from an archive. It releases nothing until `agent reconcile`."""
    unlock = (
        ask_passphrase("Passphrase of the agent", AGENT_PASSPHRASE_FILE)
        if unlock_file is None
        else None
    )
    home = restore(
        archive,
        session.home_path(AGENT_HOME),
        unlock or Secret(_bytes_of(unlock_file)),
        keep_unlock=unlock is None,
    )

    def render(output: Output) -> None:
        output.line(f"Restored the agent to {home.path}.")
        output.line("Next: market agent reconcile --last-sequence N, with the newest you know of.")

    session.output.show({"home": str(home.path), "is_reconciled": False}, render)


def _bytes_of(path: Path | None) -> bytes:
    return path.read_bytes() if path else b""


@click.command("reconcile", cls=Leaf, epilog="Example: market agent reconcile --last-sequence 41")
@click.option(
    "--last-sequence",
    type=click.IntRange(0),
    help="Number of the newest receipt of this agent that you know of; fewer are refused.",
)
@click.option(
    "--without-documents",
    is_flag=True,
    help="Count a release whose documents the platform has lost by its receipt alone; the version "
    "it was for is no longer answered.",
)
@pass_session
def reconcile_command(session: Session, last_sequence: int | None, without_documents: bool) -> None:
    """Take in the releases a restored agent has missed, from its own signed receipts."""
    home = open_agent_home(session.home_path(AGENT_HOME))
    settings = home.settings()
    store = open_store(home.database_path)
    try:
        with token_of(home.path):
            taken = reconcile(
                home,
                store,
                session.connect(settings.url, settings.token),
                last_sequence=last_sequence,
                without_documents=without_documents,
                now=now(),
            )
    finally:
        store.close()
    listings = [
        {"dataset": one.dataset, "version": one.version, "edition": one.edition}
        for one in taken.listings
    ]

    def render(output: Output) -> None:
        for one in taken.listings:
            output.line(
                f"Took in edition {one.edition} of the listing of {one.dataset} version "
                f"{one.version}."
            )
        output.line(f"Took in {taken.releases} releases; the agent may run.")

    document = {"missed": taken.releases, "listings": listings, "is_reconciled": True}
    session.output.show(document, render)
