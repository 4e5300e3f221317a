"""What a plan asks, for a line of a list."""

from __future__ import annotations

from typing import Final

from market.plan.plan import Plan
from market.plan.plural import counted
from market.plan.statistics import kinds_of

_BESIDE: Final = {"group_by": "by group", "where": "of some rows", "difference": "compared"}
"""Kinds that ask others inside, by what they add to those."""


def in_few_words(plan: Plan) -> str:
    """How many statistics, and of which kinds: `4 statistics: count, mean by group, histogram`."""
    kinds = dict.fromkeys(_words(kinds_of(one.statistic)) for one in plan.statistics)
    return f"{counted(len(plan.statistics), 'statistic')}: {', '.join(kinds)}"


def _words(kinds: tuple[str, ...]) -> str:
    asked = [kind.replace("_", " ") for kind in kinds if kind not in _BESIDE]
    return " ".join([asked[0] if asked else kinds[0], *(_BESIDE[k] for k in kinds if k in _BESIDE)])
