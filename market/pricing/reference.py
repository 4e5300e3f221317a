"""What a table may look like before anyone sees it: the moments a quote's errors are computed at.

Public knowledge only: a numeric column follows the owner's reference mean and standard deviation,
and levels have the owner's reference shares. Of what has no reference, something is supposed
(`Supposed`); by default that numbers spread evenly over their bounds, that levels are equally
likely, as booleans are and the days of a date, and that columns are independent. Inside a bin every
value is the bin's middle. A quote that is off in this changes expected errors, never the noise.
"""

from __future__ import annotations

import datetime
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import pairwise
from statistics import NormalDist
from typing import Final, Literal

from market.plan.bins import bin_levels
from market.plan.decimals import fraction_of
from market.plan.factors import Boolean, Indicator, Moment, Numeric, Variable, variables_of
from market.plan.schema import (
    BooleanColumn,
    CategoricalColumn,
    Column,
    DateColumn,
    NumericColumn,
    Schema,
)

Spread = Literal["even", "narrow", "wide"]
RARE: Final = 0.1
"""Of the share that a level has when all are alike: what one has that most rows have not."""
_EVEN: Final = (0.0, 1 / math.sqrt(3))
_SPREADS: Final[Mapping[Spread, tuple[float, float]]] = {
    "even": _EVEN,
    # Most counts and amounts: many small ones, and bounds that hold the largest.
    "narrow": (-0.9, 0.1),
    # What is more often little or much than in between.
    "wide": (0.0, 0.75),
}
"""Mean and standard deviation of a number without a reference, its bounds being -1 and 1."""
TRUE, FALSE = "true", "false"
"""The levels of a boolean key, here."""


@dataclass(frozen=True, slots=True)
class Supposed:
    """What a table is taken to be, beyond what its owner declares of it.

    Columns may depend on each other: then the table is two halves, in each of which they are
    independent, and a column that leans is higher in one, or has some of its levels more often.

    Attributes:
        spreads: of numbers without a reference, where they are not even.
        common: by key without reference shares, the levels that most rows have, alike among them.
        leans: 1 or -1 by the name of a number or key, the way it leans; none where it is missing.
        correlation: of two columns that lean, numbers or halves of the rows, up to its sign.
    """

    spreads: Mapping[str, Spread] = field(default_factory=dict)
    common: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    leans: Mapping[str, int] = field(default_factory=dict)
    correlation: float = 0.0


EXPECTED: Final = Supposed()
"""The table that a quote's expected errors, and stated ones, are told of."""


def expected_moment(moment: Moment, schema: Schema) -> float:
    """The mean over rows of a product of encoded columns, as expected."""
    return expected_moments((moment,), schema, EXPECTED)[0]


def expected_moments(
    moments: Sequence[Moment], schema: Schema, supposed: Supposed
) -> tuple[float, ...]:
    """The mean over rows of each of these products of encoded columns."""
    sides = (1, -1) if supposed.leans else (0,)
    halves = [_Half(schema, supposed, side) for side in sides]
    return tuple(
        math.fsum(half.mean(moment) for half in halves) / len(halves) for moment in moments
    )


def levels_of_key(key: str, schema: Schema) -> tuple[str, ...]:
    """All levels of what rows can be counted by."""
    return schema.levels(key) or (TRUE, FALSE)


def is_declared(name: str, schema: Schema) -> bool:
    """Whether an owner has declared how a number spreads, or how often a key has each level."""
    match schema.column_of(name):
        case NumericColumn(reference_mean=mean):
            return mean is not None and name == name.partition(".")[0]
        case CategoricalColumn(reference_shares=shares):
            return shares is not None
        case _:
            return False


def level_of(variable: Boolean | Indicator) -> str:
    """The level that a key has where a variable is 1."""
    return TRUE if isinstance(variable, Boolean) else variable.level


class _Half:
    """Half of the rows of a table, or all: columns are independent of each other in it.

    Args:
        side: 1 or -1, by which columns lean; 0 when they do not.
    """

    def __init__(self, schema: Schema, supposed: Supposed, side: int) -> None:
        self._columns = {column.name: column for column in schema.columns}
        self._supposed, self._side = supposed, side
        # A plan asks thousands of sums of few columns.
        self._of_column = cache(self._mean)
        self._shares = cache(self._shares_in_half)

    def mean(self, moment: Moment) -> float:
        """Of a product of encoded columns."""
        of_column: dict[str, tuple[Variable, ...]] = {}
        for variable in (variable for factor in moment for variable in variables_of(factor)):
            name = variable.column.partition(".")[0]
            of_column[name] = (*of_column.get(name, ()), variable)
        return math.prod(self._of_column(name, some) for name, some in of_column.items())

    def _mean(self, name: str, variables: tuple[Variable, ...]) -> float:
        """Of the product of what is made of one column."""
        column = self._columns[name]
        keys = {one.column: level_of(one) for one in variables if not isinstance(one, Numeric)}
        power = sum(isinstance(variable, Numeric) for variable in variables)
        share = math.prod(self._shares(name, key)[level] for key, level in keys.items())
        if not (power and isinstance(column, NumericColumn)):
            return share
        if keys:
            (level,) = keys.values()
            return share * _middle(column, level) ** power
        return self._power(column, power)

    def _shares_in_half(self, name: str, key: str) -> Mapping[str, float]:
        levels, shares = _shares(self._columns[name], key)
        if common := self._supposed.common.get(key):
            rare = RARE / len(levels)
            most = (1 - rare * (len(levels) - len(common))) / len(common)
            shares = tuple(most if one in common else rare for one in levels)
        lean = self._side * self._supposed.leans.get(key, 0) * math.sqrt(self._supposed.correlation)
        sides = _sides(shares)
        return {
            level: share * (1 + lean * sides[place % 2])
            for place, (level, share) in enumerate(zip(levels, shares, strict=True))
        }

    def _power(self, column: NumericColumn, power: int) -> float:
        """The mean of a power of a number that is mapped to [-1, 1]."""
        mean, sd = _centre(column, self._supposed.spreads.get(column.name, "even"))
        lean = self._side * self._supposed.leans.get(column.name, 0)
        if not lean and (mean, sd) == _EVEN:
            return 0.0 if power % 2 else 1.0 / (power + 1)
        if lean:
            mean += lean * math.sqrt(self._supposed.correlation) * sd
            sd *= math.sqrt(1 - self._supposed.correlation)
        normal = sum(
            math.comb(power, even) * mean ** (power - even) * sd**even * _double_factorial(even - 1)
            for even in range(0, power + 1, 2)
        )
        return max(-1.0, min(1.0, normal))


def _sides(shares: Sequence[float]) -> tuple[float, float]:
    """How far a level leans, and every other one the other way: shares still add up to 1."""
    one, other = math.fsum(shares[::2]), math.fsum(shares[1::2])
    if not one or not other:
        return 0.0, 0.0
    return min(1.0, other / one), -min(1.0, one / other)


@lru_cache(maxsize=256)
def _shares(column: Column, key: str) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """The levels of a key, and how likely each is when nothing else is supposed."""
    match column:
        case CategoricalColumn():
            return column.all_levels, tuple(map(float, column.shares))
        case DateColumn():
            days = _days_at(column, key)
            levels = column.levels_by_key[key]
            return levels, tuple(days[level] / column.days for level in levels)
        case NumericColumn():
            levels = bin_levels(column.bins)
            return levels, tuple(_in_bin(column, place) for place in range(len(levels)))
        case BooleanColumn():
            return (TRUE, FALSE), (0.5, 0.5)


def _in_bin(column: NumericColumn, place: int) -> float:
    """The share of rows whose value lies in a bin: values outside the bounds count as the bound."""
    low, high = list(pairwise(map(fraction_of, column.bins)))[place]
    below = _share_below(column, float(low)) if place else 0.0
    above = 1 - _share_below(column, float(high)) if place < len(column.bins) - 2 else 0.0
    return 1 - above - below


def _middle(column: NumericColumn, level: str) -> float:
    low, high = list(pairwise(map(fraction_of, column.bins)))[bin_levels(column.bins).index(level)]
    return float(((low + high) / 2 - column.midpoint) / column.half_range)


def _share_below(column: NumericColumn, edge: float) -> float:
    if column.reference_mean is None or column.reference_sd is None:
        return (edge - float(fraction_of(column.low))) / (2 * float(column.half_range))
    mean, sd = float(fraction_of(column.reference_mean)), float(fraction_of(column.reference_sd))
    return NormalDist(mean, abs(sd)).cdf(edge) if sd else float(mean < edge)


@lru_cache(maxsize=256)
def _days_at(column: DateColumn, key: str) -> Counter[str]:
    """How many of the declared days have each level."""
    first = column.first_day.toordinal()
    days = (datetime.date.fromordinal(first + number) for number in range(column.days))
    return Counter(column.level(key, day) for day in days)


def _centre(column: NumericColumn, spread: Spread) -> tuple[float, float]:
    if column.reference_mean is None or column.reference_sd is None:
        return _SPREADS[spread]
    half = column.half_range
    mean = float((fraction_of(column.reference_mean) - column.midpoint) / half)
    return mean, float(fraction_of(column.reference_sd) / half)


def _double_factorial(odd: int) -> int:
    return math.prod(range(odd, 0, -2))
