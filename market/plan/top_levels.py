"""How a program asks for the most frequent levels, of a category and of a number with bins."""

from __future__ import annotations

from market.errors import Refused
from market.plan.statistics import Top


def top_of(key: str, levels: object) -> Top:
    """The question (raises Refused, `plan-top`, unless it is of a number of levels)."""
    if type(levels) is not int or levels < 1:
        raise Refused(
            "plan-top",
            f"The top {levels!r:.40} levels of {key} are asked for.",
            "Write how many, such as top(3).",
        )
    return Top(key, levels)
