"""A plan within every limit of size keeps nobody busy: not the owner's agent, nor the portal.

Most of what a plan multiplies out may vanish (two levels of one column multiply to 0), so that few
sums are opened and few nodes written, while whoever reads the plan works for a minute: the agent
before each answer, with all its other buyers waiting.
"""

from __future__ import annotations

import pytest

from market.errors import Refused
from market.plan.expression import Add, Expression, Level
from market.plan.lowered import MAXIMUM_NODES, lower
from market.plan.moments import MAXIMUM_OUTPUTS
from market.plan.plan import MAXIMUM_STATISTICS, PLAN_VERSION, NamedStatistic, Plan
from market.plan.schema import CategoricalColumn, PrivacyUnit, Schema
from market.plan.statistics import GroupBy, Mean

LEVELS = tuple(f"level-{number}" for number in range(200))
SCHEMA = Schema(
    "visits",
    (CategoricalColumn("place", LEVELS, "where"),),
    PrivacyUnit(None, 1, "a row"),
    capacity_rows=1_000,
    products=(),
)


def all_levels() -> Expression:
    """The sum of every level's indicator, as flat as a tree can be."""
    terms: list[Expression] = [Level("place", level) for level in LEVELS]
    while len(terms) > 1:
        pairs = zip(terms[::2], terms[1::2], strict=False)
        odd = terms[-1:] if len(terms) % 2 else []
        terms = [*(Add(left, right) for left, right in pairs), *odd]
    return terms[0]


def tedious(count: int) -> Plan:
    asked = GroupBy(("place",), Mean(all_levels()))
    named = (NamedStatistic(f"again_{number}", 1, asked) for number in range(count))
    return Plan(PLAN_VERSION, ("visits",), "gaussian", tuple(named))


def test_plan_whose_sums_vanish_is_refused_before_the_work() -> None:
    nodes = 2 * len(LEVELS) - 1
    count = min(MAXIMUM_STATISTICS, MAXIMUM_NODES // nodes)
    assert len(LEVELS) < MAXIMUM_OUTPUTS
    with pytest.raises(Refused, match="plan-too-large: Writing the plan out"):
        lower(tedious(count), SCHEMA)


def test_few_such_statistics_are_lowered() -> None:
    assert len(lower(tedious(5), SCHEMA).outputs) == len(LEVELS)
