"""dataset pause, resume, withdraw, serve: the owner's signed word on a dataset."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from market.cli.lazy import Leaf
from market.cli.output import Output
from market.cli.owner.own_home import agent_home_option, open_agent_home
from market.cli.session import Session, confirm, now, pass_session
from market.owner.word.standing import change_standing
from market.records.standing import Standing


@click.command("pause", cls=Leaf, epilog="Example: market dataset pause household-visits")
@click.argument("dataset")
@agent_home_option
@pass_session
def pause(session: Session, dataset: str, agent_home: Path | None) -> None:
    """Answer nothing until `resume`, whatever the portal says.

    Your agent has the word first: run it where the agent's home is. Jobs that wait end, and what
    the agent has not released yet it refuses; nothing is spent.
    """
    _say(session, dataset, agent_home, state="paused")


@click.command("resume", cls=Leaf, epilog="Example: market dataset resume household-visits")
@click.argument("dataset")
@agent_home_option
@pass_session
def resume(session: Session, dataset: str, agent_home: Path | None) -> None:
    """Answer again after `pause`."""
    _say(session, dataset, agent_home, state="listed")


@click.command("withdraw", cls=Leaf, epilog="Example: market dataset withdraw household-visits")
@click.argument("dataset")
@agent_home_option
@click.option("--yes", is_flag=True, help="Do not ask again.")
@pass_session
def withdraw(session: Session, dataset: str, agent_home: Path | None, yes: bool) -> None:
    """Stop answering for good. The budget its people have spent stays spent."""
    confirm(session, f"Withdraw {dataset} for good?", yes=yes)
    _say(session, dataset, agent_home, state="withdrawn")


@click.command(
    "serve", cls=Leaf, epilog="Example: market dataset serve household-visits --version 1"
)
@click.argument("dataset")
@click.option(
    "--version",
    "versions",
    type=click.IntRange(1),
    multiple=True,
    help="An older version to go on answering; give it again for more. None: the newest alone.",
)
@agent_home_option
@pass_session
def serve(
    session: Session, dataset: str, versions: tuple[int, ...], agent_home: Path | None
) -> None:
    """Say which older versions are answered beside the newest.

    Without this word only the newest is, and jobs on an older one end. An older version is answered
    under the newest policy, but for its own price and delta. What is not served is deleted after a
    time that `market dataset show` tells; a version that is deleted is never answered again.
    """
    _say(session, dataset, agent_home, served_versions=versions)


def _say(session: Session, dataset: str, agent_home: Path | None, **word: Any) -> None:
    home = open_agent_home(session.agent_home_path(agent_home))
    kept = change_standing(
        session.portal(), session.keyring.identity(), home, dataset, now=now(), **word
    )
    document = {
        "dataset": kept.dataset,
        "number": kept.number,
        "standing": kept.state,
        "served_versions": list(kept.served_versions),
    }
    session.output.show(document, lambda output: _render(output, kept))


def _render(output: Output, kept: Standing) -> None:
    told = {
        "listed": "is listed: it takes jobs",
        "paused": "is paused: nothing is answered",
        "withdrawn": "is withdrawn for good",
    }
    output.line(f"{kept.dataset} {told[kept.state]} (your word number {kept.number}).")
    if kept.served_versions:
        versions = ", ".join(map(str, kept.served_versions))
        output.line(f"Beside the newest version these are answered: {versions}.")
