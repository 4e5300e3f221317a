"""consortium: list and show; what a member says is in market.cli.member.consortium_steps."""

from __future__ import annotations

from typing import Any

import click

from market.cli.lazy import Lazy, LazyGroup, Leaf
from market.cli.member.consortium_text import document_of, render_consortium
from market.cli.output import Output
from market.cli.session import Session, pass_session
from market.client.verify.consortium import shown_consortium

_OWNER = "owner"

COMMANDS = {
    "list": Lazy("member.consortium:list_command", "Your organisation's consortia."),
    "show": Lazy("member.consortium:show", "Its members, their keys, and who is awaited."),
    "propose": Lazy("member.consortium_steps:propose_command", "Propose one, or its next.", _OWNER),
    "join": Lazy("member.consortium_steps:join_command", "Take your organisation's seat.", _OWNER),
    "consent": Lazy("member.consortium_steps:consent_command", "Consent to the agreement.", _OWNER),
    "bind": Lazy("member.consortium_steps:bind_command", "Bind your table to it, at home.", _OWNER),
    "leave": Lazy(
        "member.consortium_steps:leave_command", "Leave: the agreement has ended.", _OWNER
    ),
}


@click.group("consortium", cls=LazyGroup, lazy=COMMANDS)
def consortium() -> None:
    """Consortia: members compute together, each on data that stays at home.

    \b
    One proposes it; then each member, where their agent's home is:
        market consortium join NAME        takes their seat, with their key and agent
        market consortium consent NAME     once all have joined, and their words were compared
        market consortium bind NAME DECLARATION TABLE
    From then on it is asked as a dataset is: market quote, market submit --help.
    """


@click.command("list", cls=Leaf, epilog="Example: market consortium list")
@pass_session
def list_command(session: Session) -> None:
    """List the consortia in which your organisation has a seat."""
    found: list[dict[str, Any]] = session.portal().get("consortia")

    def render(output: Output) -> None:
        rows = [
            (
                one["consortium"],
                one["number"],
                one["state"],
                one["composition"],
                ", ".join(one["organisations"]),
                one["title"],
            )
            for one in found
        ]
        columns = ("consortium", ">agreement", "state", "composition", "members", "title")
        empty = "You are in none. Propose one: market consortium propose consortium.toml"
        output.table(columns, rows, empty=empty)

    session.output.show(found, render)


@click.command("show", cls=Leaf, epilog="Example: market consortium show three-clinics")
@click.argument("name")
@click.option("--number", type=click.IntRange(1), help="An agreement before the newest.")
@pass_session
def show(session: Session, name: str, number: int | None) -> None:
    """Show NAME as its members signed it: who they are, what they agree to, who is awaited.

    Every signature is verified here. Compare each member's words with what they read out to you
    (`market keys show` at theirs), by a channel other than the portal.
    """
    found = shown_consortium(session.client_home, session.portal(), name, number)
    home = session.client_home
    session.output.show(
        document_of(home, found), lambda output: render_consortium(output, home, found)
    )
