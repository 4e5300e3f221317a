"""Parts of a whole: how many of the rows, as a number from 0 to 1 or in per cent."""

from __future__ import annotations

from typing import Literal

from market.plan.ranges import Range
from market.plan.statistics.averages import per_row
from market.plan.statistics.contract import Number, Total

Scale = Literal["one", "percent"]
"""What all rows are called: 1 or 100 per cent."""


def unit_of_shares(scale: Scale) -> str:
    """The unit of parts of that whole."""
    return "%" if scale == "percent" else ""


def share(total: Total, scale: Scale) -> Number:
    """Some of the rows, of all of them.

    Args:
        total: its sums are the number of all rows, and of some of them.
        scale: what all rows are called.
    """
    whole = 100.0 if scale == "percent" else 1.0
    found = per_row(total.sums, lambda some: (whole * some, ""))
    return Number(total.labels, *found, Range(0.0, whole))
