"""The directions in which the rows spread most: principal components, and what each holds.

How the noise dS of the covariance matrix moves them, to first order (Stewart and Sun, Matrix
Perturbation Theory, section V.2), with eigenvalues l and eigenvectors v:

    dl_k = v_k dS v_k
    dv_k = sum of v_j turn_j over all other j,   turn_j = v_j dS v_k / (l_k - l_j)

and to the second, l_k gains turn_j² (l_k - l_j) and v_k loses turn_j² / 2 of itself for each j.
Of a component along one column that is all, so the second order is an error of its own.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Self

from market.plan.matrix import Vector, symmetric_eigen
from market.plan.notation import in_words
from market.plan.ranges import ANY, COSINE, NOT_NEGATIVE, Range
from market.plan.ranges import SHARE as A_SHARE
from market.plan.schema import Column, Schema
from market.plan.statistics.averages import is_rough, without_rows
from market.plan.statistics.contract import Groups, Labels, Number, Part, Total, Value
from market.plan.statistics.terms import (
    Term,
    check_terms,
    combined,
    grouped,
    second_moments,
    spread,
    terms_of,
)
from market.plan.uncertain import Uncertain, exact

MAXIMUM_COMPONENTS = 10
MEAN, SCALE, VARIANCE, SHARE, LOADING = "mean", "scale", "variance", "share of variance", "loading"
# What a 95 % interval reaches, of a square of a standard normal.
_SQUARES_REACH = 1.95
# In radians: of two that spread alike, noise alone makes the turn so small 4 times in a million.
_NOT_APART = 0.1
_EQUAL = 1e-9

_ROUGH = (
    "The component is hardly told apart from another beyond the noise, so its loadings are rough: "
    "ask with a larger epsilon or share, or fewer columns."
)
_NO_DIRECTION = "Two components spread alike, so neither has a direction of its own."
_NO_SPREAD = "A column's spread is not apart from 0 beyond its noise: leave it out."


@dataclass(frozen=True, slots=True)
class PrincipalComponents:
    """The first components of the covariance matrix, or of the correlation matrix.

    Attributes:
        is_standardized: each column is first divided by its standard deviation, so that units do
            not matter.
    """

    terms: tuple[Term, ...]
    count: int
    is_standardized: bool
    tag: Literal["principal_components"] = "principal_components"

    plural: ClassVar[str] = "principal components"

    def __post_init__(self) -> None:
        check_terms(self.terms, least=2)
        most = min(len(self.terms), MAXIMUM_COMPONENTS)
        if not 1 <= self.count <= most:
            raise ValueError(f"{self.count} components, expected 1 to {most}")

    @property
    def words(self) -> str:
        columns = ", ".join(in_words(term.of) for term in self.terms)
        scaled = ", each divided by its standard deviation" if self.is_standardized else ""
        return f"{self.count} principal components of {columns}{scaled}"

    def unit(self, _schema: Schema) -> str:
        return ""

    def over(self, groups: Groups, schema: Schema) -> tuple[Part, ...]:
        """The second moments of the columns over each group."""
        return second_moments(self.terms, groups, schema)

    def finish(self, totals: Sequence[Total]) -> tuple[Number, ...]:
        return tuple(
            number for group in grouped(totals, len(self.terms)) for number in self._numbers(group)
        )

    @classmethod
    def examples(cls, columns: Sequence[Column]) -> Iterator[Self]:
        if len(terms := terms_of(columns)) > 1:
            yield cls(terms, 1, is_standardized=False)
            yield cls(terms, 1, is_standardized=True)

    def _numbers(self, group: Sequence[Total]) -> list[Number]:
        rows = group[0]
        if lacking := without_rows(rows.sums[0]):
            return self._unknown(rows.labels, lacking)
        sums = spread(group)
        covariances = [[entry / sums.rows for entry in row] for row in sums.scatter]
        scales = self._scales(covariances)
        if scales is None:
            return self._unknown(rows.labels, _NO_SPREAD)
        scaled = [
            [entry / one / other for entry, other in zip(row, scales, strict=True)]
            for row, one in zip(covariances, scales, strict=True)
        ]
        found = _components(scaled, self.count, "&".join(sorted(rows.sums[0].parts)))
        means: list[Value] = [(mean, "") for mean in sums.means]
        of_means = [total.range for total in group[1:]]
        return self._all(rows.labels, means, [(one, "") for one in scales], of_means, found)

    def _scales(self, covariances: Sequence[Sequence[Uncertain]]) -> list[Uncertain] | None:
        if not self.is_standardized:
            return [exact(1.0) for _ in covariances]
        variances = [row[i] for i, row in enumerate(covariances)]
        if any(one.value <= 0 or is_rough(one) for one in variances):
            return None
        return [one.sqrt() for one in variances]

    def _component(self, labels: Labels, one: _Component) -> list[Number]:
        return [
            Number((*labels, VARIANCE), *one.variance, NOT_NEGATIVE),
            Number((*labels, SHARE), *one.share, A_SHARE),
            *self._by_term((*labels, LOADING), one.loadings, [COSINE] * len(self.terms)),
        ]

    def _by_term(
        self, labels: Labels, values: Sequence[Value], ranges: Sequence[Range]
    ) -> list[Number]:
        named = zip(self.terms, values, ranges, strict=True)
        return [Number((*labels, term.name), *value, one) for term, value, one in named]

    def _unknown(self, labels: Labels, why: str) -> list[Number]:
        nothing: Value = (None, why)
        none, unknown = [nothing] * len(self.terms), [ANY] * len(self.terms)
        found = [_Component(nothing, nothing, none)] * self.count
        return self._all(labels, none, none, unknown, found)

    def _all(
        self,
        labels: Labels,
        means: Sequence[Value],
        scales: Sequence[Value],
        of_means: Sequence[Range],
        found: Iterable[_Component],
    ) -> list[Number]:
        not_negative = [NOT_NEGATIVE] * len(scales)
        numbers = self._by_term((*labels, MEAN), means, of_means)
        numbers += self._by_term((*labels, SCALE), scales, not_negative)
        for place, one in enumerate(found, start=1):
            numbers += self._component((*labels, f"component {place}"), one)
        return numbers


@dataclass(frozen=True, slots=True)
class _Component:
    variance: Value
    share: Value
    loadings: Sequence[Value]


def _components(
    matrix: Sequence[Sequence[Uncertain]], count: int, rows: str
) -> Iterator[_Component]:
    """The first components of a covariance matrix.

    Args:
        rows: a name of the rows it is of, for errors that are no moment's.
    """
    values, vectors = symmetric_eigen([[entry.value for entry in row] for row in matrix])
    whole = combined([1.0] * len(matrix), [row[i] for i, row in enumerate(matrix)])
    for k in range(count):
        vector = _upright(vectors[k])
        along = [combined(vector, row) for row in matrix]
        others = [j for j in range(len(matrix)) if j != k]
        moved = [Uncertain(0.0, combined(vectors[j], along).parts) for j in others]
        gaps = [values[k] - values[j] for j in others]
        variance = combined(vector, along)
        loadings: list[Value] = [(None, _NO_DIRECTION)] * len(vector)
        if min(map(abs, gaps)) > _EQUAL * abs(values[0]):
            turns = [1 / gap * one for one, gap in zip(moved, gaps, strict=True)]
            source = f"#turn {k} of {rows}"
            bent = sum(one.sd**2 * abs(gap) for one, gap in zip(turns, gaps, strict=True))
            variance = _bent(variance, source, bent)
            loadings = _loadings(vector, [vectors[j] for j in others], turns, source)
        share: Value = (None, _NO_SPREAD)
        if whole.value > 0:
            share = variance / whole, ""
        yield _Component((variance, ""), share, loadings)


def _loadings(
    vector: Vector, others: Sequence[Vector], turns: Sequence[Uncertain], source: str
) -> list[Value]:
    lost = sum(turn.sd**2 for turn in turns) / 2
    note = _ROUGH if max(turn.sd for turn in turns) > _NOT_APART else ""
    moved = [combined([other[i] for other in others], turns) for i in range(len(vector))]
    return [
        (_bent(Uncertain(own, one.parts), source, lost * abs(own)), note)
        for own, one in zip(vector, moved, strict=True)
    ]


def _bent(value: Uncertain, source: str, square: float) -> Uncertain:
    """With an error of the second order besides, of which `square` is expected."""
    extra = {source: _SQUARES_REACH * square} if square else {}
    return Uncertain(value.value, {**value.parts, **extra})


def _upright(vector: Vector) -> list[float]:
    """Of the two directions of a line the one whose largest loading is above 0."""
    largest = max(vector, key=abs)
    return [math.copysign(1.0, largest) * one for one in vector]
