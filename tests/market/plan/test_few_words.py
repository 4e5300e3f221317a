"""A plan in few words names its kinds once, and what stands inside others."""

from __future__ import annotations

from world.household import PLAN

from market.plan.few_words import in_few_words
from market.plan.plan import NamedStatistic, Plan
from market.plan.statistics import Count


def test_kinds_are_named_once_in_the_plans_order() -> None:
    assert in_few_words(PLAN) == "4 statistics: count, mean, histogram, mean by group"


def test_one_statistic_is_one() -> None:
    plan = Plan(3, ("visits",), "gaussian", (NamedStatistic("rows", 1, Count()),))
    assert in_few_words(plan) == "1 statistic: count"
