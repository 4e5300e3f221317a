"""What an owner is asked about a table before it counts, and what they are told of it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial

import click

from market.cli.output import Output
from market.cli.session import Session, confirm
from market.owner.publish.settle_table import OwnersWord
from market.owner.table.survey import Finding, TableReport, nobody_to_ask


def owners_word(
    session: Session, deed: str, accepted: tuple[str, ...], *, share_budget: bool
) -> OwnersWord:
    """The owner's word on a table: given beforehand, or at the terminal.

    Args:
        deed: what is about to be done, as "Publish it".
        accepted: columns (and "rows") that may look as if declaration and table did not fit.
        share_budget: that it may share the budget of their other tables.
    """
    return OwnersWord(
        agree=lambda meaning: share_budget or _agree(session, meaning),
        consent=partial(_ask, session, deed, accepted),
    )


def render_report(output: Output, report: TableReport) -> None:
    """What was read of a table, and what became of its values."""
    encoding = report.encoding
    output.line("For you alone:")
    output.fields(
        [
            ("  read as", report.read_as),
            ("  rows", f"{encoding.rows_kept} of {encoding.rows_seen}"),
            ("  people", encoding.units_kept),
            ("  dropped", f"{encoding.dropped_null} null or undeclared"),
            ("", f"{encoding.dropped_without_unit} without unit"),
            ("", f"{encoding.dropped_beyond_unit} beyond the unit's rows"),
            ("", f"{encoding.dropped_beyond_capacity} beyond the capacity"),
            ("  not taken", ", ".join(map(_told, encoding.ignored_columns)) or "no column"),
        ]
    )
    if encoding.dropped_beyond_capacity:
        output.line(
            "  One person's rows take the room of others': an answer may move by them twice as far "
            "as is charged. Declare a larger capacity_rows."
        )
    rows = [
        (one.name, one.clipped, one.missing, one.unreadable, one.other) for one in encoding.columns
    ]
    output.table(("column", ">clipped", ">missing", ">unreadable", ">other"), rows)


def _told(header: str) -> str:
    return header or "a column without a header"


def _ask(session: Session, deed: str, accepted: tuple[str, ...], found: Sequence[Finding]) -> None:
    asked = [one for one in found if one.about not in accepted]
    if not asked:
        return
    if session.output.is_json or not sys.stdin.isatty():
        nobody_to_ask(asked)
    session.output.note("For you alone: this looks as if declaration and table do not fit.")
    for one in asked:
        session.output.note(f"  {one.about}: {one.seen}")
    confirm(session, f"{deed} nevertheless?", yes=False)


def _agree(session: Session, meaning: Sequence[str]) -> bool:
    """Ask at the terminal; nobody there agrees to nothing."""
    if not sys.stdin.isatty() or session.output.is_json:
        return False
    for line in meaning:
        session.output.note(line)
    return click.confirm("Share the budget?", default=False, err=True)
