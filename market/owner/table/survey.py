"""What a table holds, read once from top to bottom before anything is encrypted.

Reading it all first finds a wrong line before an hour of encrypting, and what its owner should look
at: columns in which hardly a cell could be read are more often a wrong declaration than data. That
is for the owner to judge. The code refuses nothing on account of a value: see
decisions/0001-the-owner-judges-what-values-say.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from market.errors import Refused
from market.owner.table.losses import Loss, losses
from market.owner.table.table_file import TableFile
from market.plan.schema import Schema
from market.tables.coded_rows import CodedRows
from market.tables.contributions import Contributions
from market.tables.encode import ColumnReport, Encoder, EncodingReport

ROWS = "rows"
"""What a finding about the table as a whole is accepted by."""
_FEW = 10


@dataclass(frozen=True, slots=True)
class TableReport:
    """How a table was read and what encoding changed. For the owner alone."""

    read_as: str
    encoding: EncodingReport


@dataclass(frozen=True, slots=True)
class Finding:
    """Something the owner should look at. `about` is a column, or ROWS; `seen` is read off the
    data and for the owner's eyes only."""

    about: str
    seen: str


Consent = Callable[[Sequence[Finding]], None]
"""Asks the owner whether to publish nevertheless. Raises Refused when the answer is no."""


def survey(
    table: TableFile,
    schema: Schema,
    counted: Contributions,
    see: Callable[[CodedRows], object] = lambda _rows: None,
) -> TableReport:
    """Read every row once; those that stay are shown to `see`, from top to bottom.

    Raises:
        Refused: what is wrong with the file (market.owner.table.table_file).
    """
    return _read_whole(table, Encoder(schema, counted), see)


def survey_with_losses(
    table: TableFile, schema: Schema, counted: Contributions
) -> tuple[TableReport, tuple[Loss, ...]]:
    """Read every row once, and say what could not be read (raises as `survey`)."""
    encoder = Encoder(schema, counted)
    report = _read_whole(table, encoder, lambda _rows: None)
    return report, losses(report.encoding, encoder.unread(), schema)


def _read_whole(
    table: TableFile, encoder: Encoder, see: Callable[[CodedRows], object]
) -> TableReport:
    for batch in table.batches():
        see(encoder.encode(batch))
    return TableReport(table.read_as, encoder.report(table.ignored))


def findings(report: EncodingReport) -> tuple[Finding, ...]:
    """What the owner is asked about."""
    if not report.rows_kept:
        return (Finding(ROWS, f"{report.rows_seen} rows were read and none is kept"),)
    found = (_finding(column, report.rows_seen) for column in report.columns)
    return tuple(finding for finding in found if finding is not None)


def nobody_to_ask(found: Sequence[Finding]) -> None:
    """Consent of nobody: raises Refused (`columns-unread`) when there is anything to ask."""
    if found:
        names = ", ".join(one.about for one in found)
        raise Refused(
            "columns-unread",
            f"Hardly anything could be read in {names}, and nobody is there to be asked.",
            "Compare the declaration with the table: its type, levels, `written` and `missing`. If "
            "it is right, give "
            + " ".join(f"--accept {one.about}" for one in found)
            + ". Nothing was sent.",
        )


def _finding(column: ColumnReport, rows: int) -> Finding | None:
    present = rows - column.missing
    read = present - column.clipped - column.unreadable - column.other
    if not present:
        return Finding(column.name, f"all {rows} cells are missing")
    if read * _FEW >= present:
        return None
    return Finding(
        column.name,
        f"of {present} cells only {read} are as declared: {column.clipped} beyond the "
        f"bounds, {column.unreadable} unreadable, {column.other} no level",
    )
