"""What a model is of: numbers of a row, each by a name, and their second moments.

Term(Column("age"), "age")
Term(Level("health", "poor"), "health = poor")     a level of a key
Term(Multiply(...), "age_squared")                 what a program computed
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from market.plan.expression import Column, Expression, Level
from market.plan.polynomial import (
    Combination,
    Polynomial,
    combination,
    multiply,
    polynomial,
    without_constant,
)
from market.plan.ranges import range_of
from market.plan.schema import Column as TableColumn
from market.plan.schema import Schema
from market.plan.statistics.contract import Groups, Labels, Part, Total
from market.plan.statistics.plain_columns import numbers
from market.plan.uncertain import Uncertain, weighted_sum

MAXIMUM_TERMS = 40
_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")


@dataclass(frozen=True, slots=True)
class Term:
    """A number in each row, and what the answer calls it."""

    of: Expression
    name: str

    def __post_init__(self) -> None:
        if self.name != own_name(self.of) and not _NAME.fullmatch(self.name):
            raise ValueError(f"{self.name!r:.60} names a term, expected a lower-case ASCII word")


def own_name(expression: Expression) -> str | None:
    """What a column or a level is called where nobody names it; None of what is computed."""
    match expression:
        case Column(name=name):
            return name
        case Level(column=column, level=level):
            return f"{column} = {level}"
        case _:
            return None


def terms_of(columns: Sequence[TableColumn]) -> tuple[Term, ...]:
    """The columns that are numbers as terms: the first ones, where they are more than may be
    asked at once."""
    return tuple(Term(one, one.name) for one in numbers(columns)[:MAXIMUM_TERMS])


def check_terms(terms: Sequence[Term], least: int) -> None:
    """Return if they are so many at least, not too many, and distinct in their names.

    Raises:
        ValueError: they are not.
    """
    if not least <= len(terms) <= MAXIMUM_TERMS:
        raise ValueError(f"{len(terms)} columns, expected {least} to {MAXIMUM_TERMS}")
    names = [term.name for term in terms]
    if repeated := next((name for name in names if names.count(name) > 1), None):
        raise ValueError(f"{repeated} is named twice, expected distinct columns")


@dataclass(frozen=True, slots=True)
class Spread:
    """How some numbers spread over a group's rows, and together.

    Attributes:
        rows: how many rows.
        means: of each number.
        squares: the sum of each number's squares, less the constant taken out of it.
        scatter: sums over the rows of products of deviations from the means, a symmetric matrix.
    """

    rows: Uncertain
    means: tuple[Uncertain, ...]
    squares: tuple[Uncertain, ...]
    scatter: tuple[tuple[Uncertain, ...], ...]


def second_moments(numbers: Sequence[Term], groups: Groups, schema: Schema) -> tuple[Part, ...]:
    """For each group a part with n; then one for each number z with Σz and its products Σzz' with
    the numbers up to itself, the constants taken out: they do not spread.

    Raises:
        Refused: `plan-...` as market.plan.polynomial says.
    """
    split = [without_constant(polynomial(number.of, schema)) for number in numbers]
    values = [rest for rest, _ in split]
    products = [
        [multiply(values[i], values[j], schema) for j in range(i + 1)] for i in range(len(values))
    ]

    ranges = [range_of(number.of, schema) for number in numbers]

    def sums(needed: Sequence[Polynomial]) -> tuple[Combination, ...]:
        return tuple(combination(one, schema) for one in needed)

    def of_group(labels: Labels, rows: Polynomial) -> list[Part]:
        parts = [Part(labels, sums([rows]))]
        for place, number in enumerate(numbers):
            value, constant = split[place]
            needed = sums([multiply(rows, one, schema) for one in (value, *products[place])])
            parts.append(Part((*labels, number.name), needed, constant, range=ranges[place]))
        return parts

    return tuple(one for labels, rows in groups.items() for one in of_group(labels, rows))


def spread(totals: Sequence[Total]) -> Spread:
    """One group's second moments, opened; its rows must be more than 0."""
    rows, numbers = totals[0].sums[0], totals[1:]
    averages = [number.sums[0] / rows for number in numbers]
    lower = [
        [
            *(number.sums[1 + j] - averages[j] * number.sums[0] for j in range(i)),
            number.sums[-1] - averages[i].squared() * rows,
        ]
        for i, number in enumerate(numbers)
    ]
    size = range(len(numbers))
    return Spread(
        rows,
        tuple(
            average + float(number.offset)
            for average, number in zip(averages, numbers, strict=True)
        ),
        tuple(number.sums[-1] for number in numbers),
        tuple(tuple(lower[max(i, j)][min(i, j)] for j in size) for i in size),
    )


def grouped(totals: Sequence[Total], numbers: int) -> list[Sequence[Total]]:
    """The parts of `second_moments`, those of one group together."""
    return [totals[at : at + numbers + 1] for at in range(0, len(totals), numbers + 1)]


def combined(weights: Sequence[float], values: Sequence[Uncertain]) -> Uncertain:
    """The sum of values, each times its weight."""
    return weighted_sum(zip(weights, values, strict=True))
