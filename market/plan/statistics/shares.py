"""Parts of a whole: how many of the rows, as a number from 0 to 1 or in per cent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from market.plan.statistics.averages import per_row, within
from market.plan.statistics.contract import Value
from market.plan.uncertain import Uncertain

Scale = Literal["one", "percent"]
"""What all rows are called: 1 or 100 per cent."""


def unit_of_shares(scale: Scale) -> str:
    """The unit of parts of that whole."""
    return "%" if scale == "percent" else ""


def share(sums: Sequence[Uncertain], scale: Scale) -> Value:
    """Some of the rows, of all of them.

    Args:
        sums: the number of all rows, and of some of them.
        scale: what all rows are called.
    """
    whole = 100.0 if scale == "percent" else 1.0
    return per_row(sums, lambda some: within(0.0, whole, whole * some))
