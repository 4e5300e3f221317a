"""What every kind of table file gives: some rows at a time, as cells in their normal form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

from market.errors import Refused
from market.owner.table.layout import Layout, Source
from market.plan.written import Reader, reader_of
from market.tables.table import Batch, Cells

ROWS_AT_ONCE = 16_384


class TableFile(Protocol):
    """An open table whose header holds every declared column once.

    Attributes:
        read_as: what the file was taken for, in words.
        ignored: headers of the columns nobody declared.
    """

    @property
    def read_as(self) -> str:
        """Such as `Parquet`, or `CSV, separated by tab`."""
        ...

    @property
    def ignored(self) -> tuple[str, ...]:
        """As in the file, in its order."""
        ...

    def batches(self) -> Iterator[Batch]:
        """All rows from the top, each time it is called.

        Raises:
            Refused: `table-line`, `table-encoding`, `table-column-kind`, `table-unreadable`.
        """
        ...


def batch_of_cells(rows: int, cells: Sequence[Cells], layout: Layout) -> Batch:
    """A batch of the columns of `layout.sources`, with the codes for missing taken out and
    every cell as the market reads it."""
    present = [_read(one, source) for one, source in zip(cells, layout.sources, strict=True)]
    names = [source.name for source in layout.columns]
    columns = dict(zip(names, present, strict=False))
    return Batch(rows, columns, present[-1] if layout.unit else None)


def ignored_headers(headers: Sequence[str], taken: Sequence[int]) -> tuple[str, ...]:
    """The headers at all places that are not `taken`."""
    return tuple(header for place, header in enumerate(headers) if place not in set(taken))


def unreadable(path: Path, reason: str) -> Refused:
    """The parser's own words may quote a row: `reason` is ours."""
    return Refused(
        "table-unreadable",
        f"{path.name} cannot be read as a table ({reason}).",
        "Check the path and the file; nothing was sent.",
    )


def _read(cells: Cells, source: Source) -> Cells:
    if not source.missing and not source.written:
        return cells
    read = reader_of(source.written) if source.written else str
    texts = [None if text is None else _text(text, source, read) for text in cells.texts]
    return Cells(texts, cells.places)


def _text(written: str, source: Source, read: Reader) -> str | None:
    text = read(written)
    codes = source.missing
    is_missing = codes and (source.key(written) in codes or source.key(text) in codes)
    return None if is_missing else text
