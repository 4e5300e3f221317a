"""The records of a CSV file, strictly, with the lines they stand on.

Python's csv module in its strict mode splits lines into cells (RFC 4180; a quote inside a cell that
does not begin with one is an ordinary sign). What it cannot see is added here:

    encoding      UTF-8, with or without a byte order mark; the first line that is none is named
    line ends     LF, CRLF or CR
    width         every record has as many cells as the first, the header
    empty line    no record; at the end of a table of several columns it does no harm
    stray quote   a quoted cell may hold line ends; but when the lines where it opens and where it
                  closes have as many separators as a whole record, it swallowed records
    long cell     as long as a line may be: it is the reader's own limit that is lifted

Refusals name lines, never a cell.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn, TextIO

from market.errors import Refused
from market.owner.table.plain_csv import Reached
from market.owner.table.table_file import unreadable

_LONGEST_LINE = 16_000_000
_MARK = b"\xef\xbb\xbf"
_WIDE_TEXT = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")


def csv_header(path: Path, separator: str) -> list[str] | None:
    """The cells of the first record; None when it cannot be split by this separator.

    Raises:
        Refused: `table-unreadable`, `table-encoding`.
    """
    with _opened(path) as file:
        try:
            return next(_reader(_Lines(path, file), separator), [])
        except csv.Error:
            return None


def csv_start(path: Path, separator: str) -> tuple[Reached, int]:
    """Where the first record below the header begins, and how many cells a record has.

    Raises:
        Refused: `table-line` for the header; `table-unreadable`, `table-encoding`.
    """
    with _opened(path) as file:
        lines = _Lines(path, file)
        _, header = next(_records(lines, separator), (1, []))
        text = "".join(lines.held).encode("utf-8", "surrogateescape")
    with path.open("rb") as raw:
        mark = len(_MARK) if raw.read(len(_MARK)) == _MARK else 0
    return Reached(mark + len(text), lines.number + 1), len(header)


def csv_rows(path: Path, separator: str, start: Reached, width: int) -> Iterator[list[str]]:
    """Every record of so many cells from `start` on (`csv_start`).

    Raises:
        Refused: `table-line`, naming the first line that is wrong; `table-unreadable`,
            `table-encoding`.
    """
    with _opened(path, start) as file:
        lines = _Lines(path, file, start.line - 1)
        empty = 0
        for first, cells in _records(lines, separator):
            if not cells:
                empty = empty or first
                if width > 1:
                    continue
            if empty:
                _wrong_line(empty, "is empty", _EMPTY[width == 1])
            if len(cells) != width:
                _wrong_line(
                    first,
                    f"has {_counted(len(cells))}, the header has {width}",
                    "Give every row as many cells as the header, and quote cells that hold the "
                    "separator.",
                )
            yield cells


class _Lines:
    """The lines of a file, checked as they are read. `held` are those of the present record."""

    def __init__(self, path: Path, file: TextIO, before: int = 0) -> None:
        """`before` is the number of lines above the first."""
        self._path = path
        self._file = file
        self.number = before
        self.held: list[str] = []

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._file.readline(_LONGEST_LINE)
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) == _LONGEST_LINE:
            raise unreadable(self._path, f"line {self.number} is {_LONGEST_LINE} signs long")
        if "\0" in line or not (line.isascii() or _is_text(line)):
            raise _encoding(f"Line {self.number} of {self._path.name}")
        self.held.append(line)
        return line

    def have_swallowed(self, separator: str, width: int) -> bool:
        """Whether one record of `width` cells was made of several. What lies between the line it
        begins on and the line it ends on tells nothing: it may be an empty line or a short one."""
        ends = (self.held[0], self.held[-1])
        return len(self.held) > 1 and all(line.count(separator) >= width - 1 for line in ends)


_EMPTY = {
    False: "Remove it; nothing was sent.",
    True: 'Remove it, or write "" for a missing value; nothing was sent.',
}


def _records(lines: _Lines, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Every record with the number of its first line."""
    reader = _reader(lines, separator)
    while True:
        first = lines.number + 1
        lines.held.clear()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            by = "" if lines.number == first else f" by line {lines.number}"
            _wrong_line(
                first,
                f"opens a quote that is not closed well{by}",
                "Close every quoted cell before the separator or the line's end, and double "
                "quotes inside it.",
            )
        if lines.have_swallowed(separator, len(cells)):
            _wrong_line(first, *_swallowed(lines.number))
        yield first, cells


def _reader(lines: _Lines, separator: str) -> Iterator[list[str]]:
    # A cell is at most as long as a line or a quote that nobody closes; the limit is the process's.
    csv.field_size_limit(_LONGEST_LINE)
    return csv.reader(lines, delimiter=separator, strict=True)


def _counted(cells: int) -> str:
    return "1 cell" if cells == 1 else f"{cells} cells"


def _swallowed(last: int) -> tuple[str, str]:
    return (
        f"opens a quote that is closed on line {last}, and both lines look like whole rows",
        "Remove the stray quote; where a cell does hold line ends, remove these.",
    )


def _opened(path: Path, start: Reached | None = None) -> TextIO:
    try:
        with path.open("rb") as file:
            first = file.read(4)
        # What is not UTF-8 is found line by line, so that the line can be named.
        text = path.open(
            encoding="utf-8" if start else "utf-8-sig", errors="surrogateescape", newline=""
        )
    except OSError as error:
        raise unreadable(path, type(error).__name__) from error
    if first.startswith(_WIDE_TEXT):
        text.close()
        raise _encoding(path.name)
    if start:
        text.seek(start.offset)
    return text


def _is_text(line: str) -> bool:
    return not any("\ud800" <= sign <= "\udfff" for sign in line)


def _encoding(where: str) -> Refused:
    return Refused(
        "table-encoding",
        f"{where} is not UTF-8 text.",
        "Save it as CSV in UTF-8; nothing was sent.",
    )


def _wrong_line(line: int, what: str, action: str) -> NoReturn:
    raise Refused("table-line", f"Line {line} {what}.", action)
