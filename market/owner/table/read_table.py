"""An owner's table, or a refusal before anything is encrypted or sent.

Refused is what is wrong with the file: it cannot be read, it is not UTF-8, a line has another
number of cells than the header, a declared column is missing or stands twice. Single values never
fail here or later; encoding clips and maps them and counts what it did (market.tables.encode). The
same table gives the same cells from either kind of file.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from market.owner.table.layout import Layout, check_distinct, titled
from market.owner.table.read_csv import CsvTable, likely_header
from market.owner.table.read_parquet import ParquetTable, declared_type, parquet_schema
from market.owner.table.table_file import TableFile, unreadable

_TEXT = (".csv", ".tsv")
_PARQUET = ".parquet"


@dataclass(frozen=True, slots=True)
class Header:
    """A table's raw header and what a file without a single value read tells of the types: "" in
    a CSV. `separator` is None where nothing separates; `nameless` are the titles of columns above
    which nothing stands."""

    columns: tuple[tuple[str, str], ...]
    separator: str | None
    nameless: tuple[str, ...] = ()


def open_table(path: Path, layout: Layout) -> TableFile:
    """Open a .csv, .tsv or .parquet file and find the declared columns in its header.

    Raises:
        Refused: `table-unreadable`, `table-encoding`, `table-column-missing`,
            `table-column-twice`, `table-column-kind`.
    """
    if _kind(path) == _PARQUET:
        return ParquetTable(path, layout)
    return CsvTable(path, layout)


def read_header(path: Path) -> Header:
    """A table's header, without a single value.

    Raises:
        Refused: `table-unreadable`, `table-encoding`, `table-column-twice`.
    """
    if _kind(path) == _PARQUET:
        schema = parquet_schema(path)
        names = list(schema.names)
        kinds = [declared_type(field.type) for field in schema]
        separator = None
    else:
        separator, names = likely_header(path)
        kinds = [""] * len(names)
    titles = titled(names)
    check_distinct(titles)
    nameless = (title for name, title in zip(names, titles, strict=True) if title != name)
    return Header(tuple(zip(titles, kinds, strict=True)), separator, tuple(nameless))


def _kind(path: Path) -> str:
    kind = path.suffix.lower()
    if kind not in (*_TEXT, _PARQUET):
        expected = ", ".join((*_TEXT, _PARQUET))
        raise unreadable(path, f"it is a {kind or 'nameless'} file, expected {expected}")
    return kind
