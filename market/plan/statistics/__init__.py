"""The statistics of the language, each whole in a file, and what is read off their union.

A statistic is a frozen node with a tag of its own and all that the readers of a plan ask of it
(market.plan.statistics.contract). Nothing else lists statistics: kinds, words and plurals are
theirs, and `wire` reads the union by its tags. A tag is never reused for another meaning.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_type_hints

from market.plan.statistics.contingency import Contingency
from market.plan.statistics.contract import Asked
from market.plan.statistics.correlation import Correlation
from market.plan.statistics.count import Count
from market.plan.statistics.covariance import Covariance
from market.plan.statistics.difference import Difference
from market.plan.statistics.ecdf import Ecdf
from market.plan.statistics.group_by import GroupBy
from market.plan.statistics.histogram import Histogram
from market.plan.statistics.interquartile_range import InterquartileRange
from market.plan.statistics.mean import Mean
from market.plan.statistics.plain import Plain
from market.plan.statistics.proportion import Proportion
from market.plan.statistics.proportions import Proportions
from market.plan.statistics.quantile import Quantile
from market.plan.statistics.standard_deviation import StandardDeviation
from market.plan.statistics.sum import Sum
from market.plan.statistics.synthesize import Synthesize
from market.plan.statistics.top import Top
from market.plan.statistics.variance import Variance
from market.plan.statistics.weighted_mean import WeightedMean
from market.plan.statistics.where import Where

__all__ = [
    "BY_KIND",
    "KINDS",
    "Asked",
    "Contingency",
    "Correlation",
    "Count",
    "Covariance",
    "Difference",
    "Ecdf",
    "GroupBy",
    "Histogram",
    "InterquartileRange",
    "Mean",
    "Plain",
    "Proportion",
    "Proportions",
    "Quantile",
    "StandardDeviation",
    "Statistic",
    "Sum",
    "Synthesize",
    "Top",
    "Variance",
    "WeightedMean",
    "Where",
    "kinds_of",
]

Statistic = Plain | GroupBy | Where | Difference
"""What a plan can ask. Each of the last three takes those before it, so that a question has one
form: a difference of filtered groups of what stands alone."""

BY_KIND: dict[str, type[Statistic]] = {
    tag: node for node in get_args(Statistic) for tag in get_args(get_type_hints(node)["tag"])
}
"""The node of each kind, by its tag."""
KINDS = tuple(BY_KIND)
"""Every kind an owner may sell."""


def kinds_of(statistic: Statistic) -> tuple[str, ...]:
    """The kinds an owner must sell for it: its own, then those of the statistics inside it, however
    deep and in whatever they stand."""
    return tuple(dict.fromkeys([_tag_of(statistic), *_kinds_in(statistic)]))


def _tag_of(statistic: Asked) -> str:
    # The parameter's type holds every member of the union against the contract.
    return statistic.tag


def _kinds_in(node: Any) -> Iterator[str]:
    if isinstance(node, tuple):
        inside = list(node)
    elif is_dataclass(node):
        inside = [getattr(node, field.name) for field in fields(node)]
    else:
        return
    for part in inside:
        if type(part) in BY_KIND.values():
            yield part.tag
        yield from _kinds_in(part)
