"""Moments, what is opened of them, and families of which one row moves one at most.

A moment is the sum over all rows, padding included, of one encoded column or of two multiplied. An
output opens one moment, or several of single columns added up, each times a public whole weight
(market.plan.combined says when):

    sum of a column from 18 to 95, under Laplace noise  ->  113:#valid+77:age

A family is a set of outputs of which one row touches at most one: those that differ only in the
levels of the key columns. Every encoded column lies in [-1, 1], and of the moments that differ only
in levels a row touches one. So one row changes a family's vector in one place, by no more than the
family's spread: 1 of moments; of weighted sums, for every such set of moments the largest of their
weights, added up. l1 and l2 sensitivity are the spread times the rows of one unit.

    group_by("health")["visits"].mean()  ->  families  health=   and   health=&visits
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from market.plan.factors import Indicator, Moment, family_id, moment_id, variables_of
from market.plan.polynomial import encoded_levels
from market.plan.schema import Schema

MAXIMUM_OUTPUTS = 4_096
"""That one plan may open."""


@dataclass(frozen=True, slots=True)
class Output:
    """One coefficient to open: the sum of a column, of the products of two, or of several columns
    each times its weight.

    Attributes:
        id: its name in shares, noise and receipts (`Opened.id`).
        columns: encoded columns as the manifest names them: multiplied, or weighed.
        weights: one whole number other than 0 for each column that is weighed; else none.
    """

    id: str
    columns: tuple[str, ...]
    weights: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.weights and (len(self.weights) != len(self.columns) or 0 in self.weights):
            raise ValueError(f"output {self.id}: a weight other than 0 for each column expected")

    @property
    def degree(self) -> int:
        """How many columns it multiplies."""
        return 1 if self.weights else len(self.columns)

    @property
    def weight(self) -> int:
        """Its weights in size, added up: how many columns' sum and error it may hold."""
        return sum(map(abs, self.weights)) or 1

    @property
    def weighed(self) -> tuple[tuple[int, str], ...]:
        """The columns of a sum of degree one, each with its weight."""
        return tuple(zip(self.weights or (1,), self.columns, strict=True))


@dataclass(frozen=True, slots=True)
class Opened:
    """What an output opens, by the moments themselves: one with the weight 1, or several of degree
    one, each with a whole weight other than 0, in the order of their families and ids."""

    terms: tuple[tuple[int, Moment], ...]

    @property
    def is_moment(self) -> bool:
        return len(self.terms) == 1

    @property
    def degree(self) -> int:
        return len(self.terms[0][1])

    @property
    def weight(self) -> int:
        return sum(abs(weight) for weight, _ in self.terms)

    @property
    def spread(self) -> int:
        """The most that one row moves it: of moments that differ in levels alone it touches one."""
        largest: dict[str, int] = {}
        for weight, moment in self.terms:
            name = family_id(moment)
            largest[name] = max(largest.get(name, 0), abs(weight))
        return sum(largest.values())

    @property
    def id(self) -> str:
        """Its name, which says every column and weight: no two sums of a manifest share one."""
        if self.is_moment:
            return moment_id(self.terms[0][1])
        return "+".join(f"{weight}:{moment_id(moment)}" for weight, moment in self.terms)

    @property
    def family(self) -> str:
        """The name of the outputs of which a row touches at most one, together with this one.

        Where all terms are of the rows of the same levels, those of other levels: a row is in one
        of them. Otherwise it stands alone, and its family is called as it is.
        """
        if self.is_moment:
            return family_id(self.terms[0][1])
        if len({_levels(moment) for _, moment in self.terms}) > 1:
            return self.id
        return "+".join(f"{weight}:{family_id(moment)}" for weight, moment in self.terms)

    @property
    def output(self) -> Output:
        """The coefficient to open."""
        if self.is_moment:
            return Output(self.id, tuple(factor.id for factor in self.terms[0][1]))
        columns = tuple(factor.id for _, (factor,) in self.terms)
        return Output(self.id, columns, tuple(weight for weight, _ in self.terms))


@dataclass(frozen=True, slots=True)
class Family:
    """Outputs, by id, of which one row touches at most one.

    Attributes:
        size: how many outputs there are in all of which the same row would touch one of: one for
            each level of the key columns, asked or not.
        spread: how far one row moves it at most, in encoded value units.
        weight: of each of its outputs (`Output.weight`).
    """

    id: str
    degree: int
    outputs: tuple[str, ...]
    size: int
    spread: int = 1
    weight: int = 1


def of_moment(moment: Moment) -> Opened:
    """A moment opened by itself."""
    return Opened(((1, moment),))


def families(opened: Iterable[Opened], schema: Schema) -> tuple[Family, ...]:
    """What is opened, partitioned, in the order its families are first met."""
    members: dict[str, list[Opened]] = {}
    for one in opened:
        members.setdefault(one.family, []).append(one)
    return tuple(
        Family(
            name,
            group[0].degree,
            tuple(one.id for one in group),
            _size(group[0], schema),
            max(one.spread for one in group),
            max(one.weight for one in group),
        )
        for name, group in members.items()
    )


def _size(opened: Opened, schema: Schema) -> int:
    """How many outputs differ from one in the levels of its key columns alone, itself counted."""
    if opened.family == opened.id:
        return 1
    keys = {one.column for one in _levels(opened.terms[0][1])}
    return math.prod(len(encoded_levels(key, schema)) for key in keys)


def _levels(moment: Moment) -> frozenset[Indicator]:
    variables = (variable for factor in moment for variable in variables_of(factor))
    return frozenset(one for one in variables if isinstance(one, Indicator))
