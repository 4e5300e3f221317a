"""How a budget is used up over time: one line from the first day that spent of it to now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Final

from market.entities.account import Balance, SpentDay

WIDTH: Final = 600
HEIGHT: Final = 120
_DAY: Final = 24 * 3_600
_TOPS: Final = (5, 10, 25, 50, 100)


@dataclass(frozen=True, slots=True)
class BurnChart:
    """Points of an SVG of WIDTH by HEIGHT whose full height is `top_percent` of the budget.

    Attributes:
        line: what was spent so far, a step for each day; `area`: the same, down to the bottom.
        since, until: unix seconds, the left and the right end.
        percent: what of the budget is spent, of 100, rounded up.
    """

    line: str
    area: str
    since: int
    until: int
    percent: int
    top_percent: int


def burn_chart(days: Sequence[SpentDay], balance: Balance, *, now: int) -> BurnChart | None:
    """The chart of an account; None before anything was spent.

    Args:
        days: what was debited, oldest first; where that is only known from above, the line stays
            below what the account has spent.
        now: unix seconds.
    """
    if not days or not balance.cap_units:
        return None
    since, until = days[0].at, max(now, days[-1].at + _DAY)
    percent = min(100, -(-100 * balance.spent_units // balance.cap_units))
    top = next(top for top in _TOPS if percent <= top)
    highest = max(1, balance.cap_units * top // 100)
    heights = [
        HEIGHT - HEIGHT * min(spent, highest, balance.spent_units) // highest
        for spent in accumulate((day.units for day in days), initial=0)
    ]
    points = [f"0,{HEIGHT}"]
    for day, (before, after) in zip(days, pairwise(heights), strict=True):
        across = WIDTH * (day.at - since) // (until - since)
        points += [f"{across},{before}", f"{across},{after}"]
    points.append(f"{WIDTH},{heights[-1]}")
    line = " ".join(points)
    return BurnChart(line, f"{line} {WIDTH},{HEIGHT}", since, until, percent, top)
