"""What share of the rows lies below each edge of bins, from noised counts of the bins.

Noise may make a count negative, and the shares fall from one edge to the next. They are made to
ascend again by isotonic regression, the nearest in squares (pool adjacent violators; Barlow,
Bartholomew, Bremner and Brunk 1972), and kept from 0 to 1. Errors are those of the shares as they
were opened: pooling only takes noise away.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate

from market.errors import Refused
from market.plan.decimals import fraction_of
from market.plan.polynomial import combination
from market.plan.ranges import Range
from market.plan.schema import NumericColumn, Schema
from market.plan.statistics.averages import without_rows
from market.plan.statistics.contract import Groups, Part, Total
from market.plan.statistics.split import split
from market.plan.uncertain import REACH_SDS, Uncertain, exact


def counts_of_bins(column: str, groups: Groups, schema: Schema) -> tuple[Part, ...]:
    """For each group the number of rows in each bin of a column, and the edges between them.

    Raises:
        Refused: `plan-bins` unless it is a number with bins; what the lowering refuses.
    """
    edges = edges_of(column, schema)

    def part(labels: tuple[str, ...]) -> Part:
        bins = split({labels: groups[labels]}, (column,), schema).values()
        sums = tuple(combination(rows, schema) for rows in bins)
        return Part(labels, sums if any(sums) else (), edges=edges)

    return tuple(map(part, groups))


def edges_of(name: str, schema: Schema) -> tuple[Fraction, ...]:
    """The edges of a column's bins (raises Refused, `plan-bins`)."""
    column = schema.column(name)
    if isinstance(column, NumericColumn) and column.bins:
        return tuple(map(fraction_of, column.bins))
    some = [one.name for one in schema.columns if isinstance(one, NumericColumn) and one.bins]
    raise Refused(
        "plan-bins",
        f"{name:.60} is no number with bins, which quantiles and shares up to an edge need.",
        f"Ask of {', '.join(some)}." if some else "Ask the owner to declare bins of the column.",
    )


def range_between(edges: Sequence[Fraction]) -> Range:
    """Of the values that lie in bins with these edges."""
    return Range(float(edges[0]), float(edges[-1]))


def rows_of(total: Total) -> tuple[Uncertain, str]:
    """How many rows the bins hold together; and why nothing can be said of them, else empty."""
    rows = sum(total.sums, exact(0.0))
    return rows, without_rows(rows)


def shares_below(counts: Sequence[Uncertain]) -> tuple[Uncertain, ...]:
    """The share of rows below each edge, from 0 at the first to 1 at the last.

    Args:
        counts: of the bins; together they are above 0.
    """
    *below, rows = accumulate(counts)
    shares = [some / rows for some in below]
    ascending = pooled([share.value for share in shares])
    inner = (
        Uncertain(min(max(value, 0.0), 1.0), share.parts)
        for value, share in zip(ascending, shares, strict=True)
    )
    return (exact(0.0), *inner, exact(1.0))


def pooled(values: Sequence[float]) -> list[float]:
    """The ascending numbers that are nearest to the values in squares."""
    pools: list[tuple[float, int]] = []
    for value in values:
        total, length = value, 1
        # Means are compared crosswise, so that a pool is not rounded before it has ended.
        while pools and pools[-1][0] * length > total * pools[-1][1]:
            before, count = pools.pop()
            total, length = total + before, length + count
        pools.append((total, length))
    return [total / length for total, length in pools for _ in range(length)]


def quantile(edges: Sequence[Fraction], counts: Sequence[Uncertain], share: float) -> Uncertain:
    """The value that a share of the rows lies below, spread evenly inside a bin.

    Its interval is what the cumulative count crosses between the share of all rows less the noise
    at the value, and more (Woodruff 1952). The error is the longer arm of it: where rows are denser
    on one side the arms differ, and half the width would leave out the long one. It covers the
    noise, not how rows lie inside a bin. Value and interval lie between the outer edges.

    Args:
        edges: one more than there are bins.
        counts: of the bins; together they are above 0.
        share: between 0 and 1.
    """
    places = [float(edge) for edge in edges]
    below, rows = shares_below(counts), sum(counts, exact(0.0))
    # In rows, and from noises that both have: a ratio's error to first order is not in it.
    excess = [(one - share) * rows for one in below]
    lower, upper = _crossings(places, [one.value for one in excess])
    value = (lower + upper) / 2
    here = _between(places, excess, value)
    if not (far := REACH_SDS * here.sd):
        return exact(value)
    first, _ = _crossings(places, [one.value + far for one in excess])
    _, last = _crossings(places, [one.value - far for one in excess])
    slope = -max(value - first, last - value) / far
    return Uncertain(value, {source: slope * part for source, part in here.parts.items()})


def _crossings(places: Sequence[float], values: Sequence[float]) -> tuple[float, float]:
    """The first place at which values, straight between the places, are not below 0; and the last
    at which they are not above."""
    backwards = [-value for value in reversed(values)]
    return _reached(places, values), _reached(places[::-1], backwards)


def _reached(places: Sequence[float], values: Sequence[float]) -> float:
    end = next((place for place, value in enumerate(values) if value >= 0), None)
    if end is None:
        return places[-1]
    if end == 0:
        return places[0]
    before, after = values[end - 1], values[end]
    part = before / (before - after)
    return places[end - 1] + part * (places[end] - places[end - 1])


def _between(places: Sequence[float], values: Sequence[Uncertain], place: float) -> Uncertain:
    after = min(max(bisect_right(places, place), 1), len(places) - 1)
    part = (place - places[after - 1]) / (places[after] - places[after - 1])
    return (1 - part) * values[after - 1] + part * values[after]
