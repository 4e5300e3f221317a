"""How several numbers of a row move together, from -1 to 1: each with each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar, Literal, Self

from market.plan.notation import in_words
from market.plan.schema import Column, Schema
from market.plan.statistics.contract import Groups, Number, Part, Total
from market.plan.statistics.correlation import Correlation
from market.plan.statistics.terms import Term, check_terms, terms_of


@dataclass(frozen=True, slots=True)
class CorrelationMatrix:
    """Pearson's correlations; each pair of two numbers labels one."""

    terms: tuple[Term, ...]
    tag: Literal["correlation_matrix"] = "correlation_matrix"

    plural: ClassVar[str] = "correlation matrices"

    def __post_init__(self) -> None:
        check_terms(self.terms, least=2)

    @property
    def words(self) -> str:
        return f"correlation matrix of {', '.join(in_words(term.of) for term in self.terms)}"

    def unit(self, _schema: Schema) -> str:
        return ""

    def over(self, groups: Groups, schema: Schema) -> tuple[Part, ...]:
        """For each group and pair of numbers what their correlation needs."""
        return tuple(
            part
            for labels, rows in groups.items()
            for one, other in combinations(self.terms, 2)
            for part in Correlation(one.of, other.of).over(
                {(*labels, one.name, other.name): rows}, schema
            )
        )

    def finish(self, totals: Sequence[Total]) -> tuple[Number, ...]:
        one, other, *_ = self.terms
        return Correlation(one.of, other.of).finish(totals)

    @classmethod
    def examples(cls, columns: Sequence[Column]) -> Iterator[Self]:
        if len(terms := terms_of(columns)) > 1:
            yield cls(terms)
