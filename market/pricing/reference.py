"""What a table may look like before anyone sees it: the moments a quote's errors are computed at.

Public knowledge only: a numeric column follows the owner's reference mean and standard deviation,
or else a uniform spread over its bounds; levels have the owner's reference shares, or else are
equally likely, as booleans are; columns are independent. A quote that is off in this changes an
expected error, never the noise.
"""

from __future__ import annotations

import math
from collections import Counter

from market.plan.decimals import fraction_of
from market.plan.factors import Indicator, Moment, Variable, variables_of
from market.plan.schema import CategoricalColumn, NumericColumn, Schema


def expected_moment(moment: Moment, schema: Schema) -> float:
    """The mean over rows of a product of encoded columns."""
    powers = Counter(variable for factor in moment for variable in variables_of(factor))
    return math.prod(_mean_of_power(name, power, schema) for name, power in powers.items())


def _mean_of_power(factor: Variable, power: int, schema: Schema) -> float:
    match schema.column(factor.column), factor:
        case NumericColumn() as column, _:
            return _numeric_power(column, power)
        case CategoricalColumn() as column, Indicator(level=level):
            return float(column.shares[column.all_levels.index(level)])
        case _:
            return 0.5


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
