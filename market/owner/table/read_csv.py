"""A CSV file as a table: its separator is declared, or found by the declared names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from market.errors import Refused
from market.owner.table.arrow_cells import cells_of_texts
from market.owner.table.csv_records import csv_header, csv_rows, csv_start
from market.owner.table.layout import Layout, count_found, find_columns, titled
from market.owner.table.plain_csv import plain_blocks
from market.owner.table.table_file import (
    ROWS_AT_ONCE,
    batch_of_cells,
    ignored_headers,
    unreadable,
)
from market.plan.cells import normal_text
from market.tables.table import Batch, Cells

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}


class CsvTable:
    """See market.owner.table.table_file."""

    def __init__(self, path: Path, layout: Layout) -> None:
        """Raises Refused: `table-unreadable`, `table-encoding`, `table-column-missing`,
        `table-column-twice`."""
        self._path = path
        self._layout = layout
        self._separator, found = _split(path, layout)
        headers = titled(found)
        try:
            self._places = find_columns(headers, layout.sources)
        except Refused as refused:
            raise _with_separators(refused, self._separator, layout) from refused
        self.ignored = ignored_headers(headers, self._places)
        self.read_as = f"CSV, separated by {_name(self._separator)}"

    def batches(self) -> Iterator[Batch]:
        """See market.owner.table.table_file."""
        start, width = csv_start(self._path, self._separator)
        plain = plain_blocks(self._path, start, self._separator, width, self._places)
        for columns in _reading(self._path, plain):
            cells = [cells_of_texts(column) for column in columns]
            yield batch_of_cells(len(columns[0]), cells, self._layout)
        rows = csv_rows(self._path, self._separator, start, width)
        while some := list(islice(rows, ROWS_AT_ONCE)):
            cells = [_cells([row[place] for row in some]) for place in self._places]
            yield batch_of_cells(len(some), cells, self._layout)


def likely_header(path: Path) -> tuple[str, list[str]]:
    """The separator that splits the first line into most cells, and these; nothing is declared.

    Raises:
        Refused: `table-unreadable`, `table-encoding`.
    """
    return max(_headers(path, tuple(SEPARATORS)), key=lambda split: len(split[1]))


def _split(path: Path, layout: Layout) -> tuple[str, list[str]]:
    """The separator under which most declared columns are found, then most columns."""
    candidates = (layout.separator,) if layout.separator else tuple(SEPARATORS)
    return max(
        _headers(path, candidates),
        key=lambda split: (count_found(titled(split[1]), layout.sources), len(split[1])),
    )


def _headers(path: Path, separators: Sequence[str]) -> list[tuple[str, list[str]]]:
    found = [(separator, csv_header(path, separator)) for separator in separators]
    split = [(separator, header) for separator, header in found if header]
    if not split:
        is_empty = any(header == [] for _, header in found)
        raise unreadable(
            path, "its first line is empty" if is_empty else "its first line does not end a quote"
        )
    return split


def _reading(path: Path, blocks: Iterator[list[Any]]) -> Iterator[list[Any]]:
    try:
        yield from blocks
    except OSError as error:
        raise unreadable(path, type(error).__name__) from error


def _cells(column: list[str]) -> Cells:
    found: dict[str, int] = {}
    places = np.array([found.setdefault(cell, len(found)) for cell in column], dtype=np.int64)
    return Cells([normal_text(cell) or None for cell in found], places)


def _name(separator: str) -> str:
    name = SEPARATORS.get(separator)
    return f"{name} ({separator})" if name and name != "tab" else name or separator


def _with_separators(refused: Refused, separator: str, layout: Layout) -> Refused:
    if refused.code != "table-column-missing":
        return refused
    if layout.separator:
        how = f"Read as declared, separated by {_name(separator)}"
    else:
        tried = ", ".join(_name(sign) for sign in SEPARATORS)
        how = f"Read as separated by {_name(separator)}; tried were {tried}"
    return Refused(refused.code, f"{refused.message} {how}.", refused.next_action)
