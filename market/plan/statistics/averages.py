"""What statistics per row share: sums over a noisy number of rows, and when to warn of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from market.plan.statistics.contract import Value
from market.plan.uncertain import Uncertain

_RELIABLE_COUNT_SDS = 5
_RELIABLE_SPREAD_SDS = 3

_NO_ROWS = "The noisy number of rows is not above 0: ask with a larger epsilon or share."
_NEVER_ANY = "No row can be in this group."
_FEW_ROWS = (
    "The number of rows is close to its noise, so value and error are rough: "
    "ask with a larger epsilon or share."
)
LITTLE_SPREAD = (
    "The spread is close to its noise, so value and error are rough: "
    "ask with a larger epsilon or share."
)


def per_row(sums: Sequence[Uncertain], finish: Callable[..., Value]) -> Value:
    """What `finish` makes of averages.

    Args:
        sums: the number of rows, then totals over them.
        finish: takes each total divided by the number of rows.
    """
    rows, *totals = sums
    if lacking := without_rows(rows):
        return None, lacking
    value, note = finish(*(total / rows for total in totals))
    return value, note or few_rows(rows)


def without_rows(rows: Uncertain) -> str:
    """Why nothing can be said of these rows; empty when there are some."""
    if rows.value > 0:
        return ""
    return _NO_ROWS if rows.sd else _NEVER_ANY


def few_rows(rows: Uncertain) -> str:
    """What to say where their number is close to its noise; empty where it is not."""
    return _FEW_ROWS if rows.value < _RELIABLE_COUNT_SDS * rows.sd else ""


def is_rough(spread: Uncertain) -> bool:
    """Whether a spread is so close to its noise that what is computed from it is rough."""
    return spread.value < _RELIABLE_SPREAD_SDS * spread.sd
