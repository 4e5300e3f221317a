"""inbox: what waits for a person, and what of it they have marked as done."""

from __future__ import annotations

from typing import Any

import click

from market.cli.lazy import Lazy, LazyGroup, Leaf
from market.cli.output import Output, date
from market.cli.session import Session, pass_session
from market.client.http.api import PortalClient
from market.errors import NotFound

COMMANDS = {
    "done": Lazy("inbox:done", "Take something off your inbox."),
    "undo": Lazy("inbox:undo", "Put it back."),
}


@click.group(
    "inbox",
    cls=LazyGroup,
    lazy=COMMANDS,
    invoke_without_command=True,
    epilog="Example: market inbox",
)
@click.option("--done", "is_done", is_flag=True, help="What you have marked as done, instead.")
@click.pass_context
def inbox(context: click.Context, *, is_done: bool) -> None:
    """List what waits for you, oldest first, with the command that does it."""
    if context.invoked_subcommand is not None:
        return
    session = context.ensure_object(Session)
    items = _items(session.portal(), is_done=is_done)

    def render(output: Output) -> None:
        rows = [(date(item["since"]), item["text"], item["command"]) for item in items]
        empty = "You have marked nothing as done." if is_done else "Nothing waits for you."
        output.table(("since (UTC)", "what", "command"), rows, empty=empty)
        for item in items:
            if item["key"]:
                output.line(f"Key of who asks for {item['subject']}; compare by another channel:")
                output.key(item["key"])

    session.output.show(items, render)


@click.command("done", cls=Leaf, epilog="Example: market inbox done job-0123456789ab")
@click.argument("subject")
@pass_session
def done(session: Session, subject: str) -> None:
    """Mark what waits about SUBJECT as done: a job, dataset, consortium, or a token's label.

    It leaves your inbox, its number and your notices, and nobody else's; it comes back by itself
    when something happens to it.
    """
    _mark(session, subject, is_done=True)


@click.command("undo", cls=Leaf, epilog="Example: market inbox undo job-0123456789ab")
@click.argument("subject")
@pass_session
def undo(session: Session, subject: str) -> None:
    """Take the mark back from what is about SUBJECT: it waits for you again."""
    _mark(session, subject, is_done=False)


def _items(portal: PortalClient, *, is_done: bool) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = portal.get("inbox", show="done" if is_done else "")
    return items


def _mark(session: Session, subject: str, *, is_done: bool) -> None:
    portal = session.portal()
    meant = [
        item
        for item in _items(portal, is_done=not is_done)
        if subject in (item["subject"], item["request"] or None)
    ]
    if not meant:
        where = "Nothing that waits for you" if is_done else "Nothing that you have marked"
        shown = "market inbox" if is_done else "market inbox --done"
        raise NotFound(
            "not-in-inbox", f"{where} is about {subject!r:.100}.", f"Look at what there is: {shown}"
        )
    for item in meant:
        place = {"since": item["since"], "kind": item["kind"]}
        about = item["request"] or item["subject"]
        portal.post("inbox/marks", {**place, "about": about, "is_done": is_done})

    def render(output: Output) -> None:
        for item in meant:
            output.line(f"{'Done' if is_done else 'Waits again'}: {item['text']}")

    session.output.show({"is_done": is_done, "items": meant}, render)
