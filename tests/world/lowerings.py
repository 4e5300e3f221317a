"""How often the statistics of a question are lowered, whoever does it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from market.plan.plan import Plan
from market.plan.schema import Schema
from market.plan.statistics import BY_KIND, Statistic
from market.plan.statistics.contract import ALL_ROWS, Groups, Part

_Over = Callable[[Statistic, Groups, Schema], tuple[Part, ...]]


def counted_lowerings(
    monkeypatch: pytest.MonkeyPatch, plan: Plan, work: Callable[[], object]
) -> list[int]:
    """How often each statistic of a plan is lowered while `work` is done."""
    counts: Counter[Statistic] = Counter()

    def counting(over: _Over) -> _Over:
        def counted(statistic: Statistic, groups: Groups, schema: Schema) -> tuple[Part, ...]:
            # A statistic lowers those that it is made of over groups of its own.
            counts[statistic] += groups is ALL_ROWS
            return over(statistic, groups, schema)

        return counted

    with monkeypatch.context() as patch:
        for node in BY_KIND.values():
            patch.setattr(node, "over", counting(node.over))
        work()
    return [counts[named.statistic] for named in plan.statistics]
