"""A quote's errors, in words: of one number, and what all of them suppose."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import Any, Final

_EXPECTED: Final = (
    "Expected is half of a 95 % interval where the table is full, levels and numbers as declared, "
    "else all levels equally frequent and numbers even over their bounds, and columns independent."
)
_PLAUSIBLE: Final = (
    "The range is over tables from half full to full: with levels that most rows have, or hardly "
    "any; numbers close together, or far apart; columns that depend on each other. What is "
    "declared makes it narrower."
)


def supposed_text(priced: Mapping[str, Any]) -> str:
    """What the errors of a quote's document (market.pricing.quote_document) suppose of the table;
    empty where they are the same whatever the table."""
    cells = chain.from_iterable(one["cells"] for one in priced["statistics"])
    return f"{_EXPECTED} {_PLAUSIBLE}" if any(map(range_text, cells)) else ""


def range_text(cell: Mapping[str, Any]) -> str:
    """Of one number of it: `0.75 to 2.5`; empty where the error is the expected one whatever the
    table."""
    if cell["least_error"] == cell["most_error"]:
        return ""
    if cell["most_error"] is None:
        return f"{cell['least_error']} or more"
    return f"{cell['least_error']} to {cell['most_error']}"
