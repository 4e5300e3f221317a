"""result share, shared, withdraw: hand an opened result on to a colleague."""

from __future__ import annotations

from typing import Any

import click

from market.cli.lazy import Leaf
from market.cli.output import Output, date
from market.cli.session import Session, ask_line, confirm, now, pass_session
from market.client.results.colleagues import compare_colleague, find_colleague, is_compared
from market.client.results.opened_results import result_path
from market.client.results.share_result import share_result, withdraw_shared

_with_option = click.option(
    "--with", "user", required=True, metavar="USER", help="The colleague's user id."
)


@click.command("share", cls=Leaf, epilog="Example: market result share job-0123456789ab --with bea")
@click.argument("job")
@_with_option
@click.option("--words", help="The words of their key, as they read them out to you.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_session
def share(session: Session, job: str, user: str, words: str | None, yes: bool) -> None:
    """Share the result of JOB, which you signed and opened here, with a colleague.

    Nothing is spent: nothing new is answered, and no owner is asked. It is sealed here to the
    colleague's key; the portal keeps what it cannot open. The first time you share with somebody,
    have them read out `market keys show` by another channel, and type what you hear.

    They open it by `market result open`, with every check that you had, and keep it. Taking it back
    (market result withdraw) reaches only who has not opened it.
    """
    portal = session.portal()
    colleague = find_colleague(portal, user)
    if not is_compared(session.client_home, colleague):
        if words is None:
            session.output.note(
                f"The portal says that {colleague.name} of your organisation is {user}. Have them "
                "read their words out to you, by another channel than the portal."
            )
            words = ask_line(f"Words {user} reads out to you")
        compare_colleague(session.client_home, colleague, words)
    session.output.note(f"{user} has the key you compared, {colleague.fingerprint}.")
    session.output.note("They can read the whole result, for good. Nothing is spent.")
    confirm(session, f"Share the result of {job} with {user}?", yes=yes)
    share_result(session.client_home, session.keyring, portal, job, colleague, now=now())
    session.output.show(
        {"job": job, "recipient": user, "fingerprint": colleague.fingerprint},
        lambda output: output.line(
            f"Shared. {colleague.name} opens it by: market result open {job}"
        ),
    )


@click.command("shared", cls=Leaf, epilog="Example: market result shared")
@pass_session
def shared(session: Session) -> None:
    """List the results shared with you, and those you have shared."""
    me = session.account.user
    found = session.portal().get("shared-results")

    def state(one: dict[str, Any], is_mine: bool) -> str:
        if one["withdrawn_at"]:
            return f"taken back {date(one['withdrawn_at'])}"
        if is_mine:
            return ""
        is_here = result_path(session.client_home, one["job"]).exists()
        return "opened here" if is_here else "to open"

    def render(output: Output) -> None:
        rows = [
            (
                one["job"],
                f"you, with {one['recipient']}" if is_mine else f"{one['sharer']}, with you",
                date(one["shared_at"]),
                state(one, is_mine),
            )
            for one in found
            for is_mine in (one["sharer"] == me,)
        ]
        empty = "Nothing is shared. Share a result: market result share JOB --with USER"
        output.table(("job", "shared by", "on (UTC)", "state"), rows, empty=empty)

    session.output.show(found, render)


@click.command(
    "withdraw", cls=Leaf, epilog="Example: market result withdraw job-0123456789ab --with bea"
)
@click.argument("job")
@_with_option
@pass_session
def withdraw(session: Session, job: str, user: str) -> None:
    """Take the result of JOB back from a colleague who has not opened it, or put away your own.

    The portal hands it out no more, and tells your colleague that it was taken back. Whoever has
    opened it keeps it on their machine.
    """
    withdraw_shared(session.portal(), job, user)
    told = f"Withdrawn. If {user} has opened it, they have it all the same."
    if user == session.account.user:
        told = "Put away. What you opened of it stays here."
    session.output.show(
        {"job": job, "recipient": user, "state": "withdrawn"}, lambda output: output.line(told)
    )
