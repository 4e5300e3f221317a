"""How often the statistics of a question are lowered, whoever does it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from market.plan.plan import Plan
from market.plan.schema import Schema
from market.plan.statistics import BY_KIND, Statistic
from market.plan.statistics.contract import Part


def counted_lowerings(
    monkeypatch: pytest.MonkeyPatch, plan: Plan, work: Callable[[], object]
) -> list[int]:
    """How often each statistic of a plan is lowered while `work` is done."""
    counts: Counter[Statistic] = Counter()

    def counting(
        parts: Callable[[Statistic, Schema], tuple[Part, ...]],
    ) -> Callable[[Statistic, Schema], tuple[Part, ...]]:
        def counted(statistic: Statistic, schema: Schema) -> tuple[Part, ...]:
            counts[statistic] += 1
            return parts(statistic, schema)

        return counted

    with monkeypatch.context() as patch:
        for node in BY_KIND.values():
            patch.setattr(node, "parts", counting(node.parts))
        work()
    return [counts[named.statistic] for named in plan.statistics]
