"""A table to encoded columns: clipped, mapped to [-1, 1], one-hot, padded with zeros.

Rules: what is wrong with the *structure* of a table (a column missing, named twice or of another
kind, columns of different length) is refused with a `table-...` code before any value is used.
No *value* makes it fail, since whether an upload succeeds must not depend on a person:

    numeric       beyond the bounds: clipped; null or unreadable: the column's null rule
    boolean       null or unreadable: the column's null rule
    categorical   anything that is not a declared level, null included: OTHER
    unit          rows without a unit id, and rows of a person (market.plan.person) beyond
                  max_rows, are dropped: however many spellings of one id there are
    capacity      rows beyond the declared capacity are dropped

Each is counted in a report which is for the owner's eyes only: it is read off the data.

The promise counts the rows of one unit more or less. In a table larger than its declared capacity
that unit also displaces as many rows of others, so its rows may count twice: an owner whose report
shows rows dropped beyond capacity declares a larger one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crypto.parameters import AGG, Parameters
from market.errors import Refused
from market.plan.factors import VALIDITY, Indicator
from market.plan.person import normal_id
from market.plan.schema import (
    BooleanColumn,
    CategoricalColumn,
    Column,
    NumericColumn,
    Schema,
)
from market.plan.table import (
    Codes,
    Floats,
    Table,
    Values,
    boolean_values,
    column_names,
    column_of,
    labels_of,
    numeric_values,
)

Flags = NDArray[np.bool_]
_NULL_CODE = {"midpoint": 0.0, "low": -1.0, "high": 1.0, "false": 0.0, "drop_row": 0.0}


@dataclass(frozen=True, slots=True)
class ColumnReport:
    """How many values of a column were beyond its bounds, null or unreadable, or made OTHER."""

    name: str
    clipped: int
    null: int
    other: int


@dataclass(frozen=True, slots=True)
class EncodingReport:
    """What encoding changed. For the owner alone: every number is read off the data."""

    rows_seen: int
    rows_kept: int
    units_kept: int
    dropped_null: int
    dropped_without_unit: int
    dropped_beyond_unit: int
    dropped_beyond_capacity: int
    ignored_columns: tuple[str, ...]
    columns: tuple[ColumnReport, ...]


@dataclass(frozen=True, slots=True)
class Encoded:
    """`columns` maps schema.encoded_columns, in order, to float64[ciphertexts * slots]."""

    columns: dict[str, Floats]
    report: EncodingReport


@dataclass(frozen=True, slots=True)
class _Read:
    """One column: its encoded parts over all rows, and the rows its null rule drops."""

    parts: dict[str, Floats]
    drops: Flags
    report: ColumnReport


def encode_table(table: Table, schema: Schema, parameters: Parameters = AGG) -> Encoded:
    """Encode a data frame, or a mapping from names to columns of equal length.

    Raises:
        Refused: `table-column-missing`, `table-column-twice`, `table-column-kind`,
            `table-length`, `table-encoding`.
    """
    columns = {column.name: column_of(table, column.name) for column in schema.columns}
    units = _unit_column(table, schema)
    rows = _common_length([*columns.values(), *([] if units is None else [units])])
    reads = [_read(column, columns[column.name]) for column in schema.columns]
    codes = _unit_codes(units, rows, schema)
    kept, report = _kept(reads, codes, rows, schema)
    slots = -(-schema.capacity_rows // parameters.slots) * parameters.slots
    named = {schema.privacy_unit.column, *columns}
    return Encoded(
        _padded(reads, kept, schema, slots),
        EncodingReport(
            rows_seen=rows,
            rows_kept=len(kept),
            units_kept=len(np.unique(codes[kept])),
            **report,
            ignored_columns=tuple(n for n in column_names(table) if n not in named),
            columns=tuple(read.report for read in reads),
        ),
    )


def unit_ids(table: Table, schema: Schema) -> tuple[str, ...]:
    """The distinct people of a table in normal form, in order; () when a row is the unit.

    Raises:
        Refused: as `encode_table`.
    """
    column = _unit_column(table, schema)
    if column is None:
        return ()
    labels, _ = labels_of(column, schema.privacy_unit.column or "")
    return tuple(sorted({person for person in _people(labels) if person is not None}))


def _people(labels: list[str | None]) -> list[str | None]:
    """The person behind each spelling; None where an id names nobody."""
    return [None if label is None else normal_id(label) or None for label in labels]


def _unit_column(table: Table, schema: Schema) -> Values | None:
    name = schema.privacy_unit.column
    return None if name is None else column_of(table, name)


def _common_length(columns: list[Values]) -> int:
    lengths = {len(column) for column in columns}
    if len(lengths) > 1:
        raise Refused(
            "table-length",
            f"Columns have {min(lengths)} to {max(lengths)} rows, expected the same number.",
            "Export the table again, one value in each row and column.",
        )
    return lengths.pop()


def _read(column: Column, values: Values) -> _Read:
    match column:
        case NumericColumn():
            return _read_numeric(column, numeric_values(values, column.name))
        case BooleanColumn():
            read = boolean_values(values, column.name)
            return _with_null_rule(column, read, clipped=0)
        case CategoricalColumn():
            return _read_categorical(column, values)


def _read_numeric(column: NumericColumn, numbers: Floats) -> _Read:
    with np.errstate(over="ignore"):
        scaled = (numbers - float(column.midpoint)) / float(column.half_range)
    clipped = np.clip(scaled, -1.0, 1.0)
    return _with_null_rule(column, clipped, clipped=int(np.sum(np.abs(scaled) > 1)))


def _with_null_rule(column: NumericColumn | BooleanColumn, read: Floats, *, clipped: int) -> _Read:
    null = np.isnan(read)
    filled = np.where(null, _NULL_CODE[column.null], read)
    drops = null & (column.null == "drop_row")
    return _Read(
        {column.name: filled}, drops, ColumnReport(column.name, clipped, int(null.sum()), 0)
    )


def _read_categorical(column: CategoricalColumn, values: Values) -> _Read:
    labels, codes = labels_of(values, column.name)
    place = {level: index for index, level in enumerate(column.levels)}
    other = len(column.levels)
    level_of_label = np.array(
        [other if label is None else place.get(label, other) for label in labels], dtype=np.int64
    )
    levels = level_of_label[codes] if labels else codes
    null = np.array([label is None for label in labels], dtype=bool)
    nulls = int(null[codes].sum()) if labels else 0
    parts = {
        Indicator(column.name, level).id: (levels == index).astype(np.float64)
        for index, level in enumerate(column.all_levels)
    }
    report = ColumnReport(column.name, 0, nulls, int((levels == other).sum()) - nulls)
    return _Read(parts, np.zeros(len(values), dtype=bool), report)


def _unit_codes(units: Values | None, rows: int, schema: Schema) -> Codes:
    """A number for each row's unit, -1 where it has none."""
    if units is None:
        return np.arange(rows, dtype=np.int64)
    labels, codes = labels_of(units, schema.privacy_unit.column or "")
    people = _people(labels)
    places = {person: index for index, person in enumerate(dict.fromkeys(people))}
    code_of_label = np.array(
        [-1 if person is None else places[person] for person in people], dtype=np.int64
    )
    return code_of_label[codes] if labels else codes


def _kept(
    reads: list[_Read], codes: Codes, rows: int, schema: Schema
) -> tuple[Codes, dict[str, int]]:
    """Places of the rows that stay, in the table's order, and why others went."""
    drops = np.zeros(rows, dtype=bool)
    for read in reads:
        drops |= read.drops
    complete = np.flatnonzero(~drops)
    owned = complete[codes[complete] >= 0]
    bounded = owned[_rank_in_unit(codes[owned]) < schema.privacy_unit.max_rows]
    kept = bounded[: schema.capacity_rows]
    return kept, {
        "dropped_null": rows - len(complete),
        "dropped_without_unit": len(complete) - len(owned),
        "dropped_beyond_unit": len(owned) - len(bounded),
        "dropped_beyond_capacity": len(bounded) - len(kept),
    }


def _rank_in_unit(codes: Codes) -> Codes:
    """How many earlier rows have the same code."""
    order = np.argsort(codes, kind="stable")
    ordered = codes[order]
    starts = np.searchsorted(ordered, ordered, side="left")
    ranks = np.empty(len(codes), dtype=np.int64)
    ranks[order] = np.arange(len(codes)) - starts
    return ranks


def _padded(reads: list[_Read], kept: Codes, schema: Schema, slots: int) -> dict[str, Floats]:
    parts = {name: part for read in reads for name, part in read.parts.items()}
    parts[VALIDITY] = np.ones(len(reads[0].drops))
    factors = {product.id: product for product in schema.products}
    encoded: dict[str, Floats] = {}
    for name in schema.encoded_columns:
        column = np.zeros(slots)
        if name in factors:
            column[:] = encoded[factors[name].left] * encoded[factors[name].right]
        else:
            column[: len(kept)] = parts[name][kept]
        encoded[name] = column
    return encoded
