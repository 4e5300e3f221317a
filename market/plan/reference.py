"""What a table may look like before anyone sees it: the moments a quote's errors are computed at.

Public knowledge only: a numeric column follows the owner's reference mean and standard deviation,
or else a uniform spread over its bounds; levels have the owner's reference shares, or else are
equally likely, as booleans are; columns are independent. A quote that is off in this changes an
expected error, never the noise.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

from market.plan.decimals import fraction_of
from market.plan.polynomial import Moment
from market.plan.schema import VALIDITY, CategoricalColumn, NumericColumn, Schema


def expected_moment(moment: Moment, schema: Schema) -> float:
    """The mean over rows of a product of encoded columns."""
    powers = Counter(factor for column in moment for factor in _factors(column))
    return math.prod(_mean_of_power(name, power, schema) for name, power in powers.items())


def _factors(column: str) -> Iterator[str]:
    # An indicator's level may contain any of the other signs.
    if column == VALIDITY or "=" in column:
        yield column
    else:
        yield from column.split("*")


def _mean_of_power(name: str, power: int, schema: Schema) -> float:
    if name == VALIDITY:
        return 1.0
    column = schema.column(name.partition("=")[0])
    if isinstance(column, NumericColumn):
        return _numeric_power(column, power)
    if isinstance(column, CategoricalColumn):
        return float(column.shares[column.all_levels.index(name.partition("=")[2])])
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
