"""What a member hands in for each opened sum: its moments, or several of them weighed.

A weighted sum is exact, whatever its weights, and rounded once to a coarser lattice, so that it
takes no more room than a column's sum (market.pricing.lattice): a row that moves the exact total by
d moves the rounded one by at most d / 2^k + 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction

import numpy as np

from market.plan.factors import Moment
from market.plan.moments import Opened
from market.plan.schema import Schema
from market.tables.coded_rows import CodedRows
from market.tables.local_moments import Sums, local_moments


def local_sums(
    schema: Schema,
    opened: Sequence[Opened],
    batches: Iterable[CodedRows],
    unit_of: Callable[[int, int], int],
) -> Sums:
    """Every opened sum over a member's rows: int64[opened].

    Args:
        batches: the rows that stay, as `local_moments` takes them.
        unit_of: lattice units per unit of encoded value of a sum, by its degree and weight.

    Raises:
        ParameterError: as `local_moments`.
    """
    moments = tuple(dict.fromkeys(moment for one in opened for _, moment in one.terms))
    unit = unit_of(1, 1)
    sums = local_moments(schema, moments, batches, unit)
    found: dict[Moment, int] = dict(zip(moments, sums.tolist(), strict=True))
    exact = (sum(weight * found[moment] for weight, moment in one.terms) for one in opened)
    units = (unit_of(one.degree, one.weight) for one in opened)
    rounded = [round(Fraction(total * own, unit)) for total, own in zip(exact, units, strict=True)]
    return np.array(rounded, dtype=np.int64)
