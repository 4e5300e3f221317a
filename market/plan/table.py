"""Reading the columns of a table whose values nobody has checked.

A table is a data frame, or a mapping from names to columns. Values are read one by one where the
column is not numeric by type; what cannot be read becomes null, never a failure. Refused are only
kinds of columns: dates or complex numbers where numbers belong, text in which nothing is a number,
and undecoded bytes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from market.errors import Refused
from market.plan.schema import normal_label

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Values = NDArray[np.generic]

_LONGEST_DECIMAL_BITS = 10_000
_TRUE = frozenset({"true", "t", "yes", "y", "1"})
_FALSE = frozenset({"false", "f", "no", "n", "0"})


class Frame(Protocol):
    """The part of a data frame that is used; pandas has it."""

    @property
    def columns(self) -> object: ...

    def __getitem__(self, name: str, /) -> object: ...


Table = Frame | Mapping[str, Sequence[object] | NDArray[np.generic]]


def column_names(table: Table) -> list[str]:
    """Names in order, repeated names included."""
    names = table if isinstance(table, Mapping) else table.columns
    return [str(name) for name in names]  # type: ignore[attr-defined]  # an index of any frame


def column_of(table: Table, name: str) -> Values:
    """One column as a one-dimensional array of any type.

    Raises:
        Refused: `table-column-missing`, `table-column-twice` or `table-column-kind`.
    """
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
        raise _wrong_kind(name, f"{values.ndim}-dimensional", "one value in each row")
    return values


def numeric_values(values: Values, name: str) -> Floats:
    """float64, NaN where null or unreadable. Raises Refused (`table-column-kind`, ...)."""
    if values.dtype.kind in "biuf":
        return values.astype(np.float64)
    return _parsed(values, name, _number, "numbers")


def boolean_values(values: Values, name: str) -> Floats:
    """1, 0, or NaN where null or unreadable. Raises Refused (`table-column-kind`, ...)."""
    if values.dtype.kind in "biuf":
        numbers = values.astype(np.float64)
        return np.where((numbers == 0) | (numbers == 1), numbers, np.nan)
    return _parsed(values, name, _truth, "true or false")


def labels_of(values: Values, name: str) -> tuple[list[str | None], Codes]:
    """Distinct labels in normal form, and each row's place among them; a null label is None.

    Raises:
        Refused: `table-encoding` for undecoded bytes.
    """
    places: dict[str | None, int] = {}
    if values.dtype.kind in "biufU":
        distinct, rows = np.unique(values, return_inverse=True)
        of_distinct = [places.setdefault(_label(v, name), len(places)) for v in distinct.tolist()]
        return list(places), np.array(of_distinct, dtype=np.int64)[rows]
    codes = np.empty(len(values), dtype=np.int64)
    for row, value in enumerate(values.tolist()):
        codes[row] = places.setdefault(_label(value, name), len(places))
    return list(places), codes


def _parsed(values: Values, name: str, parse: Callable[[object], float], expected: str) -> Floats:
    if values.dtype.kind not in "OUST":
        raise _wrong_kind(name, str(values.dtype), expected)
    read = np.full(len(values), np.nan)
    present = 0
    for row, value in enumerate(values.tolist()):
        _refuse_bytes(value, name)
        if not _is_null(value):
            present += 1
            read[row] = parse(value)
    if present and np.isnan(read).all():
        raise _wrong_kind(name, "text", expected)
    return read


def _number(value: object) -> float:
    if not isinstance(value, str | int | float | Decimal):
        return math.nan
    try:
        return float(value)
    except OverflowError:
        return math.inf if Decimal(value) > 0 else -math.inf
    except ValueError:
        return math.nan


def _truth(value: object) -> float:
    if isinstance(value, bool | int | float):
        return float(value) if value in (0, 1) else math.nan
    text = str(value).strip().casefold()
    if text in _TRUE:
        return 1.0
    return 0.0 if text in _FALSE else math.nan


def _label(value: object, name: str) -> str | None:
    _refuse_bytes(value, name)
    if _is_null(value):
        return None
    # Numbers that passed through a column with nulls come back as floats.
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    # Python refuses to write integers of more than 4300 digits in decimal.
    if isinstance(value, int) and value.bit_length() > _LONGEST_DECIMAL_BITS:
        return hex(value)
    return normal_label(str(value))


def _is_null(value: object) -> bool:
    # pandas.NA and NaT have no truth value to compare by.
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    if isinstance(value, str):
        return not value.strip()
    return isinstance(value, float) and math.isnan(value)


def _refuse_bytes(value: object, name: str) -> None:
    if isinstance(value, bytes | bytearray):
        raise Refused(
            "table-encoding",
            f"Column {name} holds undecoded bytes, expected text.",
            "Read the file with its encoding, UTF-8 for example.",
        )


def _wrong_kind(name: str, seen: str, expected: str) -> Refused:
    return Refused(
        "table-column-kind",
        f"Column {name} is {seen}, expected {expected}.",
        "Correct the schema, or convert the column before publishing.",
    )
