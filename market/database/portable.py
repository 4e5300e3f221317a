"""Every row of a database as lines of canonical JSON, the same from SQLite and from Postgres.

The tables are read off the database itself, so that rows of an earlier release's are carried by the
same code. They come in an order in which each refers only to those before it, their rows in that of
the primary key, text by its bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import sqlalchemy
from sqlalchemy import Column, Connection, MetaData, Table, Text, exc, insert, select

from crypto import canonical
from crypto.errors import FormatError

_REVISION_TABLE: Final = "alembic_version"
_ROWS_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Counted:
    """How many rows a table has, and the SHA-256 (hex) of their lines."""

    rows: int
    sha256: str


class Counter:
    """Counts the lines that go by."""

    def __init__(self) -> None:
        self._rows, self._digest = 0, hashlib.sha256()

    def through(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        """The same lines, each counted as it is taken."""
        for line in lines:
            self._rows += 1
            self._digest.update(line)
            yield line

    @property
    def counted(self) -> Counted:
        """What has gone by until now."""
        return Counted(self._rows, self._digest.hexdigest())


def tables_of(connection: Connection) -> list[Table]:
    """The database's tables but that of its revision; what a table refers to comes before it."""
    metadata = MetaData()
    metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if table.name != _REVISION_TABLE]


def columns_of(table: Table) -> list[str]:
    """Names, in the order in which a line has their values: by name."""
    return sorted(column.name for column in table.columns)


def lines_of(connection: Connection, table: Table) -> Iterator[bytes]:
    """A line for each row, ended by a line feed; a few hundred rows are in memory at a time."""
    columns = [table.columns[name] for name in columns_of(table)]
    ordered = select(*columns).order_by(*(_by_bytes(connection, one) for one in table.primary_key))
    streamed = ordered.execution_options(yield_per=_ROWS_AT_ONCE)
    with connection.execute(streamed) as rows:
        for row in rows:
            yield canonical.dumps(list(row)) + b"\n"


def insert_lines(connection: Connection, table: Table, lines: Iterable[bytes]) -> None:
    """Put rows into a table that has none.

    Raises:
        FormatError: a line that is not canonical, has another number of values than the table has
            columns, or that a constraint refuses.
    """
    names, lines = columns_of(table), iter(lines)
    while rows := [_row(names, line) for line in islice(lines, _ROWS_AT_ONCE)]:
        try:
            connection.execute(insert(table), rows)
        except exc.IntegrityError as error:
            raise FormatError(f"rows of table {table.name} contradict each other") from error
    _number_on(connection, table)


def count(connection: Connection, table: Table) -> Counted:
    """Of the rows that the table has now."""
    counter = Counter()
    for _ in counter.through(lines_of(connection, table)):
        pass
    return counter.counted


def _row(names: list[str], line: bytes) -> dict[str, Any]:
    values = canonical.loads(line.removesuffix(b"\n"))
    if len(values) != len(names):
        raise FormatError(f"a row has {len(values)} values, expected {len(names)}")
    return dict(zip(names, values, strict=True))


def _by_bytes(connection: Connection, column: Column[Any]) -> Any:
    is_text = isinstance(column.type, Text | sqlalchemy.String)
    # SQLite compares bytes as it is; a server by its locale, unless it is told.
    return column.collate("C") if is_text and connection.dialect.name == "postgresql" else column


def _number_on(connection: Connection, table: Table) -> None:
    """A server's own numbers go on after those that came with the rows; SQLite's do by itself."""
    if connection.dialect.name != "postgresql":
        return
    for column in table.primary_key:
        sequence = connection.execute(
            sqlalchemy.text("SELECT pg_get_serial_sequence(:table, :column)"),
            {"table": f'"{table.name}"', "column": column.name},
        ).scalar()
        if sequence is not None:
            newest = select(sqlalchemy.func.max(column)).scalar_subquery()
            connection.execute(select(sqlalchemy.func.setval(sequence, newest)))
