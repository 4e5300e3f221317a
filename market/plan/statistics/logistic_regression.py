"""How likely a condition is, by the features of a row: logistic regression, approximately.

What exactly maximises the likelihood cannot be computed from sums of products of two columns. Its
expansion to the second order can (the functional mechanism, Zhang et al. 2012, arXiv:1208.0219):

    Σ log(1 + e^t) - y t  ≈  Σ log(1 + e^a) - a y  +  (p - y)(t - a)  +  p(1 - p)(t - a)² / 2

with t = b·x + c in each row. It is expanded at a, the log-odds of the rate p at which the condition
holds in all rows, not at 0, so that it fits where the condition is rare, too. Its minimum is least
squares: b is the line's slope divided by p(1 - p).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, Self

from market.plan.conditions import rows_where
from market.plan.expression import Expression
from market.plan.notation import condition_in_words, in_words
from market.plan.schema import Column, Schema
from market.plan.statistics.averages import is_rough, without_rows
from market.plan.statistics.coefficients import SINGULAR, fitted, unfitted
from market.plan.statistics.contract import Groups, Number, Part, Total
from market.plan.statistics.least_squares import Fit, least_squares
from market.plan.statistics.plain_columns import conditions, numbers
from market.plan.statistics.terms import Term, check_terms, grouped, second_moments, spread
from market.plan.uncertain import Uncertain

_ONE_SIDED = (
    "Beyond the noise the condition holds in all rows or in none, so there is nothing to tell "
    "apart: ask with a larger epsilon or share."
)


@dataclass(frozen=True, slots=True)
class LogisticRegression:
    """The log-odds of a condition as a line through the features, with an intercept."""

    target: Expression
    terms: tuple[Term, ...]
    tag: Literal["logistic_regression"] = "logistic_regression"

    plural: ClassVar[str] = "logistic regressions"

    def __post_init__(self) -> None:
        check_terms(self.terms, least=1)

    @property
    def words(self) -> str:
        features = ", ".join(in_words(term.of) for term in self.terms)
        return (
            f"logistic regression, to the second order, of {condition_in_words(self.target)} "
            f"on {features}"
        )

    def unit(self, _schema: Schema) -> str:
        return ""

    def over(self, groups: Groups, schema: Schema) -> tuple[Part, ...]:
        """The second moments of the features, then the target, over each group.

        Raises:
            Refused: `plan-condition` when the target is a number; `plan-...` as elsewhere.
        """
        rows_where(self.target, schema)
        return second_moments((*self.terms, Term(self.target, "target")), groups, schema)

    def finish(self, totals: Sequence[Total]) -> tuple[Number, ...]:
        return tuple(
            number
            for group in grouped(totals, len(self.terms) + 1)
            for number in self._numbers(group)
        )

    @classmethod
    def examples(cls, columns: Sequence[Column]) -> Iterator[Self]:
        terms = [Term(one, one.name) for one in numbers(columns)]
        for target in conditions(columns):
            if others := tuple(term for term in terms if term.of != target):
                yield cls(target, others[:4])

    def _numbers(self, group: Sequence[Total]) -> list[Number]:
        rows, names = group[0], [term.name for term in self.terms]
        if lacking := without_rows(rows.sums[0]):
            return unfitted(rows.labels, names, lacking)
        sums = spread(group)
        rate = sums.means[-1]
        likely = rate - rate.squared()
        if likely.value <= 0 or is_rough(likely):
            return unfitted(rows.labels, names, _ONE_SIDED)
        fit = least_squares(sums, 0.0)
        if fit is None:
            return unfitted(rows.labels, names, SINGULAR)
        return fitted(rows, names, _of_log_odds(fit, rate, likely))


def _of_log_odds(fit: Fit, rate: Uncertain, likely: Uncertain) -> Fit:
    """The line of the log-odds, from the line of the rate. `likely` is p(1 - p)."""
    log_odds = math.log(rate.value / (1 - rate.value))
    slope = 1 / likely.value
    at_rate = Uncertain(log_odds, {name: slope * one for name, one in rate.parts.items()})
    return replace(
        fit,
        intercept=at_rate + (fit.intercept - rate) / likely,
        slopes=tuple(one and one / likely for one in fit.slopes),
        intercept_sampling=fit.intercept_sampling and fit.intercept_sampling / likely,
        slopes_sampling=tuple(one and one / likely for one in fit.slopes_sampling),
        explained=None,
    )
