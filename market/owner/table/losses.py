"""What reading loses of a table's cells, column by column, and which key of dataset.toml mends it.

For the owner alone: all of it is read off the data. Rows are named, never what stands in them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from market.plan.cells import FALSE, TRUE
from market.plan.schema import BooleanColumn, CategoricalColumn, Column, Schema
from market.tables.encode import EncodingReport, Unread

_NO: Final = {"numeric": "number", "date": "day", "boolean": "yes or no"}
_BECOMES: Final = {
    "midpoint": "the midpoint of the bounds",
    "low": "the lower bound",
    "high": "the upper bound",
    "false": "no",
    "other": "OTHER",
}


@dataclass(frozen=True, slots=True)
class Loss:
    """Cells of one column that could not be read.

    Attributes:
        cells: how many.
        first_row: of the first, counted from 1 below the header.
        seen: what they are not, and what becomes of them, in a sentence.
        next_step: by the key that mends it.
    """

    column: str
    cells: int
    first_row: int
    seen: str
    next_step: str


def losses(
    report: EncodingReport, unread: Mapping[str, Unread], schema: Schema
) -> tuple[Loss, ...]:
    """Every column's loss, in the schema's order; none where all cells were read."""
    cells = {one.name: one.unreadable for one in report.columns}
    return tuple(
        _loss(column, cells[column.name], unread[column.name])
        for column in schema.columns
        if column.name in unread
    )


def _loss(column: Column, cells: int, unread: Unread) -> Loss:
    seen = _seen(column, cells, unread)
    return Loss(column.name, cells, unread.row, seen, _next_step(column, unread))


def _seen(column: Column, cells: int, unread: Unread) -> str:
    those = "1 cell is" if cells == 1 else f"{cells:,} cells are"
    what = f"{those} no {_NO[column.tag]}, the first in row {unread.row:,}"
    if isinstance(column, CategoricalColumn) or column.null == "drop_row":
        return f"{what}; such rows are left out."
    return f"{what}; such a cell counts as {_BECOMES[column.null]}."


def _next_step(column: Column, unread: Unread) -> str:
    if unread.ways:
        return f"{_either(unread.ways)} reads most of them."
    if isinstance(column, BooleanColumn):
        return (
            f"As yes are read {', '.join(TRUE)}, as no {', '.join(FALSE)}; other words are named "
            'by `written`, as in "oui/non", and what says that nothing is there by `missing`.'
        )
    return "Compare `written` with the file; name in `missing` what says that nothing is there."


def _either(ways: Sequence[str]) -> str:
    return " or ".join(f'`written = "{way}"`' for way in ways[:3])
