"""How a number depends on others, as a straight line: coefficients by least squares, and R²."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Self

from market.plan.decimals import fraction_of
from market.plan.expression import Expression
from market.plan.notation import in_words
from market.plan.ranges import SHARE
from market.plan.schema import Column, Schema
from market.plan.statistics.averages import without_rows
from market.plan.statistics.coefficients import SINGULAR, fitted, unfitted
from market.plan.statistics.contract import Groups, Number, Part, Total
from market.plan.statistics.least_squares import least_squares
from market.plan.statistics.plain_columns import numbers
from market.plan.statistics.terms import (
    Term,
    check_terms,
    grouped,
    second_moments,
    spread,
)
from market.plan.uncertain import Uncertain

EXPLAINED = "R²"
_CONSTANT = "The target does not vary beyond its noise, so there is nothing to explain."


@dataclass(frozen=True, slots=True)
class LinearRegression:
    """A line through the rows, with an intercept.

    Attributes:
        ridge: added to each feature's sum of squared deviations, in its own unit squared, as in
            scikit-learn's Ridge(alpha); a decimal of 0 or more. The intercept has none.
    """

    target: Expression
    terms: tuple[Term, ...]
    ridge: str = "0"
    tag: Literal["linear_regression"] = "linear_regression"

    plural: ClassVar[str] = "linear regressions"

    def __post_init__(self) -> None:
        check_terms(self.terms, least=1)
        if fraction_of(self.ridge) < 0:
            raise ValueError(f"ridge is {self.ridge}, expected 0 or more")

    @property
    def words(self) -> str:
        features = ", ".join(in_words(term.of) for term in self.terms)
        ridge = "" if self.ridge == "0" else f", with a ridge of {self.ridge}"
        return f"linear regression of {in_words(self.target)} on {features}{ridge}"

    def unit(self, _schema: Schema) -> str:
        return ""

    def over(self, groups: Groups, schema: Schema) -> tuple[Part, ...]:
        """The second moments of the features, then the target, over each group."""
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
        for target in terms:
            if others := tuple(term for term in terms if term != target):
                yield cls(target.of, others[:4])

    def _numbers(self, group: Sequence[Total]) -> list[Number]:
        rows, names = group[0], [term.name for term in self.terms]
        if lacking := without_rows(rows.sums[0]):
            return [*unfitted(rows.labels, names, lacking), _explained(rows, None, lacking)]
        fit = least_squares(spread(group), float(fraction_of(self.ridge)))
        if fit is None:
            return [*unfitted(rows.labels, names, SINGULAR), _explained(rows, None, SINGULAR)]
        note = _CONSTANT if fit.explained is None else ""
        return [*fitted(rows, names, fit), _explained(rows, fit.explained, note)]


def _explained(rows: Total, share: Uncertain | None, note: str) -> Number:
    return Number((*rows.labels, EXPLAINED), share, note, SHARE)
