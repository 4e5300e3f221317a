"""What an owner must sell for a statistic: every kind in it, wherever it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from market.plan.expression import Column
from market.plan.statistics import Count, GroupBy, Histogram, Mean, Sum, kinds_of

BY_GROUP = GroupBy(("g",), Mean(Column("x")))


@dataclass(frozen=True, slots=True)
class Several:
    """A statistic of others, as one to come may be."""

    others: tuple[Any, ...]
    tag: str = "several"


@dataclass(frozen=True, slots=True)
class Aside:
    """A part of a statistic that is none itself."""

    statistic: Any


@pytest.mark.parametrize(
    ("statistic", "kinds"),
    [
        (Count(), ("count",)),
        (BY_GROUP, ("group_by", "mean")),
        (Several((Count(), BY_GROUP)), ("several", "count", "group_by", "mean")),
        (Several(((Histogram("g"),), Aside(Sum(Column("x"))))), ("several", "histogram", "sum")),
        (Several((Count(), Count())), ("several", "count")),
    ],
)
def test_no_kind_hides_in_another(statistic: Any, kinds: tuple[str, ...]) -> None:
    assert kinds_of(statistic) == kinds
