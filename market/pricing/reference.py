"""What a table may look like before anyone sees it: the moments a quote's errors are computed at.

Public knowledge only: a numeric column follows the owner's reference mean and standard deviation,
or else a uniform spread over its bounds, and inside a bin every value is the bin's middle; levels
have the owner's reference shares, or else are equally likely, as booleans are and the days of a
date; columns are independent. A quote that is off in this changes an expected error, never the
noise.
"""

from __future__ import annotations

import datetime
import math
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from statistics import NormalDist

from market.plan.bins import bin_levels
from market.plan.decimals import fraction_of
from market.plan.factors import Indicator, Moment, Numeric, Variable, variables_of
from market.plan.schema import CategoricalColumn, Column, DateColumn, NumericColumn, Schema


def expected_moment(moment: Moment, schema: Schema) -> float:
    """The mean over rows of a product of encoded columns."""
    of_column: dict[str, list[Variable]] = {}
    for variable in (variable for factor in moment for variable in variables_of(factor)):
        of_column.setdefault(variable.column.partition(".")[0], []).append(variable)
    return math.prod(_mean(schema.column(name), some) for name, some in of_column.items())


def _mean(column: Column | None, variables: Sequence[Variable]) -> float:
    """Of the product of what is made of one column."""
    levels = [variable for variable in variables if isinstance(variable, Indicator)]
    power = sum(isinstance(variable, Numeric) for variable in variables)
    match column:
        case NumericColumn() if levels:
            return _in_bin(column, levels[0].level, power)
        case NumericColumn():
            return _numeric_power(column, power)
        case CategoricalColumn():
            return float(column.shares[column.all_levels.index(levels[0].level)])
        case DateColumn():
            days = (_days_at(column, one.column)[one.level] for one in levels)
            return math.prod(number / column.days for number in days)
        case _:
            return 0.5


def _in_bin(column: NumericColumn, level: str, power: int) -> float:
    """The mean over all rows of a power, 0 in the rows of other bins."""
    place = bin_levels(column.bins).index(level)
    low, high = list(pairwise(map(fraction_of, column.bins)))[place]
    below = _share_below(column, float(low)) if place else 0.0
    above = 1 - _share_below(column, float(high)) if place < len(column.bins) - 2 else 0.0
    middle = float(((low + high) / 2 - column.midpoint) / column.half_range)
    return (1 - above - below) * middle**power


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


def _numeric_power(column: NumericColumn, power: int) -> float:
    if column.reference_mean is None or column.reference_sd is None:
        return 0.0 if power % 2 else 1.0 / (power + 1)
    half = column.half_range
    mean = float((fraction_of(column.reference_mean) - column.midpoint) / half)
    sd = float(fraction_of(column.reference_sd) / half)
    normal = sum(
        math.comb(power, even) * mean ** (power - even) * sd**even * _double_factorial(even - 1)
        for even in range(0, power + 1, 2)
    )
    return max(-1.0, min(1.0, normal))


def _double_factorial(odd: int) -> int:
    return math.prod(range(odd, 0, -2))
