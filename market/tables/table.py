"""A table whose values nobody has checked, as columns of cells.

Cells are held as their distinct texts and each row's place among them: what a text means is decided
once, however many rows say it. An in-memory table is a data frame, or a mapping from names to
columns; files are read by market.owner.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from market.errors import Refused
from market.plan.cells import cell_text
from market.plan.schema import Schema

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Values = NDArray[np.generic]


class Frame(Protocol):
    """The part of a data frame that is used; pandas has it."""

    @property
    def columns(self) -> object: ...

    def __getitem__(self, name: str, /) -> object: ...


Table = Frame | Mapping[str, Sequence[object] | NDArray[np.generic]]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Cells:
    """One column of some rows. `texts` may repeat; None is a cell in which nothing stands."""

    texts: Sequence[str | None]
    places: Codes

    def __len__(self) -> int:
        return len(self.places)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Batch:
    """Some rows: the schema's columns by name, and the privacy unit's, None where a row is one."""

    rows: int
    columns: Mapping[str, Cells]
    unit: Cells | None


def batch_of(table: Table, schema: Schema) -> Batch:
    """The declared columns of an in-memory table.

    Raises:
        Refused: `table-column-missing`, `table-column-twice`, `table-column-kind`,
            `table-length`, `table-encoding`.
    """
    columns = {column.name: cells_of(column_of(table, column.name)) for column in schema.columns}
    name = schema.privacy_unit.column
    unit = None if name is None else cells_of(column_of(table, name))
    lengths = {len(cells) for cells in (*columns.values(), *([unit] if unit else []))}
    if len(lengths) > 1:
        raise Refused(
            "table-length",
            f"Columns have {min(lengths)} to {max(lengths)} rows, expected the same number.",
            "Export the table again, one value in each row and column.",
        )
    return Batch(lengths.pop(), columns, unit)


def column_names(table: Table) -> list[str]:
    """Names in order, repeated names included."""
    names = table if isinstance(table, Mapping) else table.columns
    return [str(name) for name in names]  # type: ignore[attr-defined]  # an index of any frame


def cells_of(values: Values) -> Cells:
    """A one-dimensional array of any type, as cells.

    Raises:
        Refused: `table-encoding` for undecoded bytes.
    """
    if values.dtype.kind in "biufU":
        distinct, places = np.unique(values, return_inverse=True)
        return Cells([cell_text(value) for value in distinct.tolist()], places.astype(np.int64))
    found: dict[str | None, int] = {}
    rows = [found.setdefault(cell_text(value), len(found)) for value in values.tolist()]
    return Cells(list(found), np.array(rows, dtype=np.int64))


def column_of(table: Table, name: str) -> Values:
    """One column's values, one-dimensional (raises as `batch_of`)."""
    found = column_names(table).count(name)
    if found != 1:
        raise Refused(
            "table-column-missing" if found == 0 else "table-column-twice",
            f"The table has {found} columns named {name}, expected one.",
            "Compare the table's header with the schema.",
        )
    column = table[name]
    if isinstance(column, list | tuple):
        values = np.empty(len(column), dtype=object)
        values[:] = column
    else:
        values = np.asarray(column)
    if values.ndim != 1:
        raise Refused(
            "table-column-kind",
            f"Column {name} is {values.ndim}-dimensional, expected one value in each row.",
            "Correct the schema, or convert the column before publishing.",
        )
    if values.dtype.kind == "M":
        # NumPy gives finer moments than microseconds as integers.
        return values.astype("datetime64[us]").astype(object)
    return values
