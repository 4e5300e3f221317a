"""dataset drafts, take-up: from a draft in the portal to a listed dataset."""

from __future__ import annotations

import shlex
import sys
from functools import partial
from pathlib import Path

import click

from market.cli.lazy import Leaf
from market.cli.output import Output, date
from market.cli.owner.own_home import agent_home_option, opened_agent
from market.cli.owner.owners_word import owners_word
from market.cli.owner.publish_files import publish_files
from market.cli.session import Session, pass_session
from market.errors import NotFound, Refused
from market.owner.declaration.declaration_words import columns_in_words, declaration_in_words
from market.owner.drafting.propose import propose_draft
from market.owner.drafting.take_up import NO, Offer, take_up
from market.owner.outgoing import next_version
from market.owner.publish.kept_layout import kept_layout
from market.owner.publish.settle_table import Files
from market.plan.plural import counted
from market.records.listing import Policy
from market.vault.holdings import read_holding

_LARGEST = 2**31 - 1


def start_draft(session: Session, table: Path, dataset: str) -> None:
    """Start a draft in the portal with the columns of a table's header."""
    content = propose_draft(table, dataset)
    made = session.portal().post("drafts", {"draft": content.document()})
    address = f"{session.account.url}/drafts/{made['number']}"

    def render(output: Output) -> None:
        output.line(
            f"Started draft {made['number']}, with {counted(len(content.columns), 'column')}."
        )
        output.line(f"Go on with it in the portal: {address}")

    session.output.show({"draft": made["number"], "address": address}, render)


@click.command("drafts", cls=Leaf, epilog="Example: market dataset drafts")
@pass_session
def drafts_command(session: Session) -> None:
    """List the drafts of your organisation's owners, and how far each has come."""
    found = session.portal().get("drafts")

    def render(output: Output) -> None:
        if not found:
            output.line("No drafts. Start one in the portal, or by the header of a table:")
            output.line("market dataset propose TABLE --draft")
            return
        rows = [
            (one["number"], one["step"], one["gaps"], date(one["saved_at"]), one["title"])
            for one in found
        ]
        output.table((">draft", "state", ">missing", "saved", "title"), rows)

    session.output.show(found, render)


@click.command("take-up", cls=Leaf, epilog="Example: market dataset take-up 7 --table visits.csv")
@click.argument("number", type=click.IntRange(1, _LARGEST))
@click.option(
    "--table",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The table that the draft describes.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Where to write the declaration; else DATASET.toml beside the table.",
)
@click.option(
    "--write-only",
    is_flag=True,
    help="Stop once the declaration is written: read it, then publish it.",
)
@click.option(
    "--accept",
    multiple=True,
    metavar="COLUMN",
    help="As of `market dataset publish`.",
)
@click.option("--share-budget", is_flag=True, help="As of `market dataset publish`.")
@agent_home_option
@pass_session
def take_up_command(
    session: Session,
    number: int,
    table: Path,
    out: Path | None,
    write_only: bool,
    accept: tuple[str, ...],
    share_budget: bool,
    agent_home: Path | None,
) -> None:
    """Take draft NUMBER of the portal up: read it, then encrypt, sign and list its table.

    The draft is shown as it is about to be signed, and you are asked: what you saw in the portal
    counts for nothing, since a portal could show one thing and hand out another. If it is
    interrupted, run it again: nothing is encrypted or sent twice.
    """
    agree = partial(_agrees, session, agent_home, write_only=write_only)
    kept = partial(kept_layout, session.agent_home_path(agent_home))
    declaration = take_up(session.portal(), number, table, out=out, agree=agree, kept=kept)
    files = Files(declaration, table)
    if not write_only:
        word = owners_word(session, "Publish it", accept, share_budget=share_budget)
        publish_files(session, files, word, agent_home)
        return

    def render(output: Output) -> None:
        output.line(f"Wrote {declaration}. Read it: it is what you will sign. Then:")
        output.line(shlex.join(["market", "dataset", "publish", str(declaration), str(table)]))

    session.output.show({"draft": number, "declaration": str(declaration)}, render)


def is_at_terminal(session: Session) -> bool:
    """Whether somebody is there who reads what is shown, and can answer."""
    return sys.stdin.isatty() and not session.output.is_json


def _agrees(session: Session, agent_home: Path | None, offer: Offer, *, write_only: bool) -> bool:
    """Show what would be signed, and ask; what is only written is read there."""
    if write_only:
        return True
    if not is_at_terminal(session):
        raise Refused(
            "not-confirmed",
            f"Draft {offer.number} has to be read before it is signed, and nobody is at the "
            "terminal.",
            f"Give --write-only, read the file, then publish it. {NO}",
        )
    version, before = _earlier(session, agent_home, offer)
    _show(session.output, offer, version, before)
    return click.confirm("Encrypt, sign and list it as it stands above?", default=False, err=True)


def _earlier(session: Session, agent_home: Path | None, offer: Offer) -> tuple[int, Policy | None]:
    """Which version it becomes, and the policy of the one before, if this machine holds it."""
    dataset = offer.declaration.dataset
    with opened_agent(session, agent_home) as (home, store):
        version = next_version(home, store, dataset)
        try:
            held = read_holding(home, dataset, version - 1)
        except NotFound:
            return version, None
    return version, held.listing.record.policy


def _show(output: Output, offer: Offer, version: int, before: Policy | None) -> None:
    output.line(f"Draft {offer.number}, revision {offer.revision}. You are about to sign:")
    output.line("")
    said = declaration_in_words(offer.declaration, before=before)
    rows: list[tuple[str, object]] = [("version", version)]
    for one in said:
        rows.append((one.about, one.words))
        if one.before:
            rows.append(("", f"CHANGED; until now: {one.before}"))
    output.fields(rows)
    output.line("")
    output.table(("column", "kind", "values", "meaning"), columns_in_words(offer.declaration))
    if offer.not_taken:
        output.line(f"Not taken of the table: {', '.join(offer.not_taken)}")
    if offer.filled:
        output.line(f"The draft does not say it of the file. {offer.filled}")
