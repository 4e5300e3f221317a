"""What the rows of each class look like, feature by feature: what naive Bayes classifies by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Self

from market.plan.expression import Column as Expressed
from market.plan.named_columns import unknown_column
from market.plan.polynomial import Polynomial
from market.plan.schema import Column, NumericColumn, Schema
from market.plan.statistics.contract import Asked, Groups, Labels, Number, Part, Total
from market.plan.statistics.count import Count
from market.plan.statistics.mean import Mean
from market.plan.statistics.plain_columns import keys
from market.plan.statistics.split import split
from market.plan.statistics.variance import Variance

MAXIMUM_FEATURES = 40
ROWS, MEAN, VARIANCE = "rows", "mean", "variance"


@dataclass(frozen=True, slots=True)
class NaiveBayes:
    """At each level of the target: how many rows; of each numeric feature mean and variance; of
    every other how many rows have each of its levels."""

    target: str
    features: tuple[str, ...]
    tag: Literal["naive_bayes"] = "naive_bayes"

    plural: ClassVar[str] = "naive Bayes classifiers"

    def __post_init__(self) -> None:
        if not 1 <= len(self.features) <= MAXIMUM_FEATURES:
            raise ValueError(f"{len(self.features)} features, expected 1 to {MAXIMUM_FEATURES}")
        if len({self.target, *self.features}) != 1 + len(self.features):
            raise ValueError("a column named twice, expected distinct ones")

    @property
    def words(self) -> str:
        return f"naive Bayes classifier of {self.target} by {', '.join(self.features)}"

    def unit(self, _schema: Schema) -> str:
        return ""

    def over(self, groups: Groups, schema: Schema) -> tuple[Part, ...]:
        """For each group and class n; then for each feature n, Σx and Σx², or n at each level."""
        return tuple(
            part
            for labels, rows in split(groups, (self.target,), schema).items()
            for part in self._of_class(labels, rows, schema)
        )

    def finish(self, totals: Sequence[Total]) -> tuple[Number, ...]:
        return tuple(number for total in totals for number in _finish(total))

    @classmethod
    def examples(cls, columns: Sequence[Column]) -> Iterator[Self]:
        names = [column.name for column in columns]
        for target in keys(columns):
            yield from (cls(target, (one,)) for one in names if one != target)

    def _of_class(self, labels: Labels, rows: Polynomial, schema: Schema) -> Iterator[Part]:
        yield from Count().over({(*labels, ROWS): rows}, schema)
        for name in self.features:
            column = schema.column(name)
            if column is None and schema.levels(name) is None:
                raise unknown_column(name, schema)
            if isinstance(column, NumericColumn):
                of = Expressed(name)
                yield from Mean(of).over({(*labels, name, MEAN): rows}, schema)
                yield from Variance(of).over({(*labels, name, VARIANCE): rows}, schema)
            else:
                yield from Count().over(split({(*labels, name): rows}, (name,), schema), schema)


_ANY = Expressed("any")
_BY_SUMS: dict[int, Asked] = {0: Count(), 1: Count(), 2: Mean(_ANY), 3: Variance(_ANY)}
"""What finishes a part of so many sums; of which column it is, it does not ask."""


def _finish(total: Total) -> Sequence[Number]:
    return _BY_SUMS[len(total.sums)].finish([total])
