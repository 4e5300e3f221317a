"""A buyer's rows as the owner's table would have them, so that a model sees what it was fitted to.

Numbers are clipped to the owner's bounds, missing values follow the owner's null rule, and a level
that was not declared is OTHER, where there is one. A row that the owner would have dropped has no
prediction: NaN.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from market.errors import Refused
from market.plan.expression import Add, Column, Expression, Level, Multiply
from market.plan.polynomial import polynomial
from market.plan.schema import (
    BooleanColumn,
    NumericColumn,
    PrivacyUnit,
    Schema,
    keys_of,
)
from market.tables.coded_rows import CodedRows
from market.tables.column_codes import Coder, coder, leaves_out
from market.tables.table import Cells, Codes, Floats, Table, batch_of, column_of

Records = Sequence[Mapping[str, object]]


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Some columns of rows; `dropped` are those that the owner's rules leave out."""

    coded: CodedRows
    dropped: NDArray[np.bool_]

    def numbers(self, expression: Expression) -> Floats:
        """An expression's value in each row, in the owner's units."""
        terms = polynomial(expression, self.coded.schema)
        total = np.zeros(self.coded.rows)
        for monomial, coefficient in terms.items():
            factors = (self.coded.encoded(factor) for factor in monomial)
            total += float(coefficient) * math.prod(factors, start=np.ones(self.coded.rows))
        return np.where(self.dropped, np.nan, total)

    def levels(self, key: str) -> Codes:
        """The place of each row's level among all of a key's; a boolean's are true, false."""
        match self.coded.schema.column(key):
            case BooleanColumn():
                return 1 - self.coded.codes[key].astype(np.int64)
            case NumericColumn() as column:
                (key,) = keys_of(column)
        return self.coded.places(key)


def rows_of(table: Table | Records, columns: Sequence[str], schema: Schema) -> Rows:
    """Columns of a data frame, of a mapping to columns, or of a list of records.

    Args:
        columns: names of the owner's, or of their keys.

    Raises:
        Refused: `model-rows` for another kind of thing; `table-...` as a table's structure has it.
    """
    names = dict.fromkeys(map(_column_name, columns))
    declared = tuple(column for column in schema.columns if column.name in names)
    needed = replace(
        schema, columns=declared, products=(), privacy_unit=PrivacyUnit(None, 1, "a row")
    )
    batch = batch_of(_table(table, list(names)), needed)
    codes: dict[str, Floats] = {}
    dropped = np.zeros(batch.rows, dtype=bool)
    for column in declared:
        codes[column.name], fates = _coded(coder(column), batch.columns[column.name])
        dropped |= leaves_out(column, fates)
    return Rows(CodedRows(needed, batch.rows, codes), dropped)


def _coded(code: Coder, cells: Cells) -> tuple[Floats, NDArray[np.int64]]:
    codes, fates = code(cells.texts)
    return codes[cells.places], fates[cells.places]


def _table(table: Table | Records, columns: Sequence[str]) -> Table:
    if isinstance(table, Mapping):
        return table
    if isinstance(table, list | tuple):
        if all(isinstance(record, Mapping) for record in table):
            return {name: [record.get(name) for record in table] for name in columns}
    elif hasattr(table, "columns"):
        return cast(Table, table)
    raise Refused(
        "model-rows",
        f"Rows are given as {type(table).__name__:.60}.",
        "Give a data frame, or a list of records, with the owner's names of columns: "
        f"{', '.join(columns)}.",
    )


def rows_at(table: Table | Records, columns: Sequence[str], chosen: NDArray[np.bool_]) -> Table:
    """The columns of some of the rows (raises as `rows_of`)."""
    names = list(dict.fromkeys(map(_column_name, columns)))
    whole = _table(table, names)
    return {name: column_of(whole, name)[chosen] for name in names}


def columns_in(*expressions: Expression) -> list[str]:
    """The owner's columns that expressions read, in the order they are first met."""
    found: dict[str, None] = {}
    waiting = list(expressions)
    while waiting:
        match waiting.pop(0):
            case Column(name=name) | Level(column=name):
                found[_column_name(name)] = None
            case Add(left=left, right=right) | Multiply(left=left, right=right):
                waiting[:0] = [left, right]
            case _:
                pass
    return list(found)


def _column_name(key: str) -> str:
    """The owner's column that a key is read off: `age` of `age.bin`."""
    return key.partition(".")[0]
