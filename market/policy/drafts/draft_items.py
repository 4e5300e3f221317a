"""Several items in one text of a draft: between commas, an item with a comma in double quotes.

north, south, "east, and beyond"   ->   ("north", "south", "east, and beyond")

Of codes, 999,0 may be one in a file with decimal commas, or two: `codes_of` asks.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from typing import Final

_SPACED: Final = re.compile(r",\s+|\s+")
_QUOTED: Final = re.compile(r'"[^"]*"')
_ONE_OR_TWO: Final = re.compile(r"[+-]?\d+,\d+", re.ASCII)


def items_of(text: str) -> tuple[str, ...]:
    """The items of a text, which may stand on several lines; empty ones are passed over.

    Raises:
        ValueError: a quotation mark has no other.
    """
    try:
        rows = list(csv.reader(text.splitlines(), skipinitialspace=True, strict=True))
    except csv.Error as error:
        raise ValueError(f"{text!r:.80} cannot be read: {error}") from error
    return tuple(item.strip() for row in rows for item in row if item.strip())


def codes_of(text: str) -> tuple[str, ...]:
    """The items of a text of codes, such as `-200, NA`.

    Raises:
        ValueError: as `items_of`; a comma stands between two digits, which may be one code or two.
    """
    codes = items_of(text)
    for chunk in _SPACED.split(_QUOTED.sub("", text)):
        if _ONE_OR_TWO.fullmatch(chunk):
            first, _, second = chunk.partition(",")
            raise ValueError(
                f'is {chunk} one code or two? Write "{chunk}" in double quotes for one, or '
                f"{first}, {second} with a space for two"
            )
    return codes


def items_text(items: Iterable[str]) -> str:
    """One line that `items_of` reads as these items."""
    written = []
    for item in items:
        line = io.StringIO()
        csv.writer(line, lineterminator="").writerow([item])
        written.append(line.getvalue())
    return ", ".join(written)


def pairs_of(text: str) -> tuple[tuple[str, str], ...]:
    """Pairs of words, such as `age age, sex health` (raises ValueError)."""
    pairs = []
    for item in items_of(text):
        words = item.split()
        if len(words) != 2:
            raise ValueError(f"{item!r:.80} is {len(words)} words, expected two names of columns")
        pairs.append((words[0], words[1]))
    return tuple(pairs)
