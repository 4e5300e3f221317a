"""A Parquet file as a table: exact types, written as the text a CSV of the table would hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from market.errors import Refused
from market.owner.table.arrow_cells import cells_of_texts
from market.owner.table.layout import Layout, find_columns, quoted, titled
from market.owner.table.table_file import (
    ROWS_AT_ONCE,
    batch_of_cells,
    ignored_headers,
    unreadable,
)
from market.plan.cells import normal_text
from market.tables.table import Batch, Cells

T = TypeVar("T")
_BUFFER_BYTES = 64 * 1024
"""Of each column, so that one of a row group of any length is read a page at a time."""
_BYTES = (
    pa.types.is_binary,
    pa.types.is_large_binary,
    pa.types.is_binary_view,
    pa.types.is_fixed_size_binary,
)


class ParquetTable:
    """See market.owner.table.table_file."""

    def __init__(self, path: Path, layout: Layout) -> None:
        """Raises Refused: `table-unreadable`, `table-column-missing`, `table-column-twice`,
        `table-column-kind`, `table-encoding`."""
        self._path = path
        self._layout = layout
        self._schema = parquet_schema(path)
        headers = titled(self._schema.names)
        self._places = find_columns(headers, layout.sources)
        for place in self._places:
            _check_kind(self._schema.field(place))
        self.ignored = ignored_headers(headers, self._places)
        self.read_as = "Parquet"

    def batches(self) -> Iterator[Batch]:
        """See market.owner.table.table_file."""
        names = [self._schema.names[place] for place in self._places]
        # Arrow would fetch all row groups before the first row, and keep what it has handed out.
        file = _reading(
            self._path,
            lambda: pq.ParquetFile(self._path, pre_buffer=False, buffer_size=_BUFFER_BYTES),
        )
        with file:
            parts = file.iter_batches(ROWS_AT_ONCE, columns=list(dict.fromkeys(names)))
            while (part := _reading(self._path, lambda: next(parts, None))) is not None:
                cells = {name: self._column(part, name) for name in set(names)}
                yield batch_of_cells(part.num_rows, [cells[name] for name in names], self._layout)

    def _column(self, part: Any, name: str) -> Cells:
        try:
            return _cells(part.column(name))
        except UnicodeDecodeError as error:
            raise _undecoded(name) from error
        except pa.ArrowException as error:
            # A moment beyond the calendar, a time zone nobody knows; Arrow's words may quote it.
            raise unreadable(
                self._path,
                f"column {quoted(name)} holds {part.column(name).type!s:.60} that cannot be "
                f"written as text, {type(error).__name__}",
            ) from error


def parquet_schema(path: Path) -> Any:
    """The file's Arrow schema. Raises Refused (`table-unreadable`)."""
    schema = _reading(path, lambda: pq.read_schema(path))
    # Arrow decodes them when they are asked for.
    _reading(path, lambda: schema.names)
    return schema


def declared_type(kind: Any) -> str:
    """The type a column of this Arrow type is proposed with."""
    if pa.types.is_boolean(kind):
        return "boolean"
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return "numeric"
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return "date"
    return "categorical"


def _check_kind(field: Any) -> None:
    kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
    if any(is_kind(kind) for is_kind in _BYTES):
        raise _undecoded(field.name)
    is_cell = (
        pa.types.is_primitive(kind)
        or pa.types.is_null(kind)
        or pa.types.is_decimal(kind)
        or pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_string_view(kind)
    )
    if not is_cell or pa.types.is_duration(kind) or pa.types.is_interval(kind):
        raise Refused(
            "table-column-kind",
            f"Column {quoted(field.name)} is {kind!s:.60}, expected one value in each row.",
            "Write numbers, text, dates or booleans; nothing was sent.",
        )


def _undecoded(name: str) -> Refused:
    return Refused(
        "table-encoding",
        f"Column {quoted(name)} holds undecoded bytes, expected text.",
        "Write it as text in UTF-8; nothing was sent.",
    )


def _cells(column: Any) -> Cells:
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    kind = column.type
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        # The wall clock's time with its offset, as a CSV has it.
        column = pc.strftime(column, "%Y-%m-%d %H:%M:%S%z")
    write = _plain if pa.types.is_floating(kind) else normal_text
    return cells_of_texts(column.cast(pa.string()), write)


def _plain(text: str) -> str:
    """A double's shortest decimal without exponent; "" where it is not a number."""
    if text == "nan":
        return ""
    return format(Decimal(text), "f") if "e" in text else text


def _reading(path: Path, read: Callable[[], T]) -> T:
    try:
        return read()
    except (OSError, UnicodeDecodeError, pa.ArrowException) as error:
        # Arrow's own words may quote a value.
        raise unreadable(path, type(error).__name__) from error
