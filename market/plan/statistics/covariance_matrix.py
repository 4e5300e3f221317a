"""How several numbers of a row spread, and move together: each with each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import ClassVar, Literal, Self

from market.plan.notation import in_words
from market.plan.schema import Column, Schema
from market.plan.statistics.contract import Groups, Number, Part, Total
from market.plan.statistics.covariance import Covariance
from market.plan.statistics.terms import Term, check_terms, terms_of
from market.plan.statistics.units import unit_of, unit_of_product
from market.plan.statistics.variance import Variance


@dataclass(frozen=True, slots=True)
class CovarianceMatrix:
    """Variances and population covariances; each pair of numbers labels one."""

    terms: tuple[Term, ...]
    tag: Literal["covariance_matrix"] = "covariance_matrix"

    plural: ClassVar[str] = "covariance matrices"

    def __post_init__(self) -> None:
        check_terms(self.terms, least=2)

    @property
    def words(self) -> str:
        return f"covariance matrix of {', '.join(in_words(term.of) for term in self.terms)}"

    def unit(self, schema: Schema) -> str:
        """The square of the unit they share; "" when they have several."""
        units = {unit_of(term.of, schema) for term in self.terms}
        return unit_of_product(*units, *units) if len(units) == 1 else ""

    def over(self, groups: Groups, schema: Schema) -> tuple[Part, ...]:
        """For each group and pair of numbers what their covariance needs, or the variance."""
        return tuple(
            part
            for labels, rows in groups.items()
            for one, other in combinations_with_replacement(self.terms, 2)
            for part in _of_pair(one, other).over({(*labels, one.name, other.name): rows}, schema)
        )

    def finish(self, totals: Sequence[Total]) -> tuple[Number, ...]:
        first, second, *_ = self.terms
        of_two, of_one = _of_pair(first, second), _of_pair(first, first)
        return tuple(
            number
            for total in totals
            for number in (of_one if _is_of_one(total) else of_two).finish([total])
        )

    @classmethod
    def examples(cls, columns: Sequence[Column]) -> Iterator[Self]:
        if len(terms := terms_of(columns)) > 1:
            yield cls(terms)


def _of_pair(one: Term, other: Term) -> Covariance | Variance:
    return Variance(one.of) if one == other else Covariance(one.of, other.of)


def _is_of_one(total: Total) -> bool:
    return total.labels[-1] == total.labels[-2]
