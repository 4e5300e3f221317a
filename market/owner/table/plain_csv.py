"""The plain beginning of a CSV file, columns at a time: what nearly every line of most files is.

A block of whole lines is plain when it is UTF-8 without NUL, quote and empty line, its lines end in
LF or CRLF, and every one has as many separators as the header. Such lines have one reading, and
Arrow reads it; the first block that is not plain, and all after it, are read record by record
(market.owner.table.csv_records), which says what is wrong with a line. So this decides how fast a
file is read, never what it means.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv

_BLOCK_BYTES = 1 << 20
_LINE_FEED = 10


@dataclass(slots=True)
class Reached:
    """Where reading stands: at a byte, which begins line `line` of the file (from 1)."""

    offset: int
    line: int


def plain_blocks(
    path: Path,
    reached: Reached,
    separator: str,
    width: int,
    places: Sequence[int],
    block_bytes: int = _BLOCK_BYTES,
) -> Iterator[list[Any]]:
    """The cells at these places of each plain block, as Arrow arrays of text.

    Args:
        reached: where to begin; moved past each block before it is given, so that it tells at the
            end where other lines begin, or the end of the file.
        width: cells of a record.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        file.seek(reached.offset)
        while block := _whole_lines(file, block_bytes):
            lines = _plain_lines(block, separator, width)
            if lines is None:
                return
            reached.offset += len(block)
            reached.line += lines
            yield _columns(block, separator, width, places)


def _whole_lines(file: BinaryIO, block_bytes: int) -> bytes:
    """None of them where a line is longer than a block: it is left to the records."""
    block = file.read(block_bytes)
    rest = b"" if block.endswith(b"\n") else file.readline(block_bytes)
    return b"" if len(rest) == block_bytes and not rest.endswith(b"\n") else block + rest


def _plain_lines(block: bytes, separator: str, width: int) -> int | None:
    """How many lines a block has, or None if it is not plain."""
    if b'"' in block or b"\0" in block or not _is_utf_8(block):
        return None
    if block.count(b"\r") != block.count(b"\r\n"):
        return None
    if not block.endswith(b"\n"):
        block += b"\n"
    signs = np.frombuffer(block, np.uint8)
    ends = np.flatnonzero(signs == _LINE_FEED)
    separators = np.searchsorted(np.flatnonzero(signs == ord(separator)), ends)
    if bool((np.diff(separators, prepend=0) != width - 1).any()):
        return None
    # A line of one column and no sign is no record to csv; CR alone would be one.
    is_empty = width == 1 and bool((np.diff(ends, prepend=-1) <= 1 + block.count(b"\r")).any())
    return None if is_empty else len(ends)


def _is_utf_8(block: bytes) -> bool:
    try:
        block.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _columns(block: bytes, separator: str, width: int, places: Sequence[int]) -> list[Any]:
    names = [str(place) for place in range(width)]
    wanted = [names[place] for place in dict.fromkeys(places)]
    table = arrow_csv.read_csv(
        io.BytesIO(block),
        arrow_csv.ReadOptions(column_names=names, block_size=2 * len(block), use_threads=False),
        arrow_csv.ParseOptions(
            delimiter=separator,
            quote_char=False,
            double_quote=False,
            escape_char=False,
            ignore_empty_lines=False,
        ),
        arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            include_columns=wanted,
            null_values=[],
            strings_can_be_null=False,
        ),
    )
    return [table.column(names[place]).combine_chunks() for place in places]
