"""A quote's errors, in words: of one number, and what all of them suppose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import chain
from typing import Any, Final

ERRORS: Final = "Errors, half of a 95 % interval:"
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


def error_lines(priced: Mapping[str, Any]) -> list[str]:
    """A line for each statistic of a quote's document, however many numbers it has.

    rows: ± 3.255
    visits_by_health: 5 numbers, each ± 0.02617 to 1.387, in a range of 0.024 to 3.0
    """
    return [f"{one['name']}: {_of_all(one['cells'])}" for one in priced["statistics"]]


def _of_all(cells: Sequence[Mapping[str, Any]]) -> str:
    count = f"{len(cells)} numbers, each " if len(cells) > 1 else ""
    expected = _ends([cell["expected_error"] for cell in cells])
    if not any(map(range_text, cells)):
        return f"{count}± {' to '.join(expected)}"
    bounds = [cell["most_error"] for cell in cells]
    first = _ends([cell["least_error"] for cell in cells])[0]
    last = f"{first} or more" if None in bounds else f"{first} to {_ends(bounds)[-1]}"
    return f"{count}± {' to '.join(expected)}, in a range of {last}"


def _ends(errors: Sequence[str | None]) -> list[str]:
    """The least and the greatest, once where they are alike."""
    known = sorted((error for error in errors if error is not None), key=Decimal)
    return list(dict.fromkeys([known[0], known[-1]])) if known else ["no bound"]
