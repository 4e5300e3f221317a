"""Bins of a number: the intervals between edges that its owner declares, never read off the data.

    edges 0, 10, 20, 77   ->   [0, 10)   [10, 20)   [20, 77]

A bin has its lower edge and not its upper one; the last has both. The outer edges are the column's
bounds, to which values are clipped, so every value lies in one bin.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import count, pairwise

from market.plan.decimals import fraction_of, fraction_text

FEWEST_BINS = 2
MOST_BINS = 256
# As a part of the whole range: between two edges lie many of the doubles that values are mapped to.
_NARROWEST = Fraction(1, 1 << 30)
# Of an even division, edges are rounded to this part of a bin or less, so that they read well.
_ROUNDED_TO = Fraction(1, 100)


def bin_levels(edges: Sequence[str]) -> tuple[str, ...]:
    """The bins between edges, as levels; none without edges."""
    *inner, last = [f"[{low}, {high}" for low, high in pairwise(edges)] or [""]
    return (*(f"{level})" for level in inner), f"{last}]") if last else ()


def check_edges(edges: Sequence[str], low: str, high: str) -> None:
    """Return if these are the edges of bins between two bounds.

    Raises:
        ValueError: they are too many or too few, do not ascend from one bound to the other, or lie
            too close together; what was seen is named.
    """
    if not FEWEST_BINS <= len(edges) - 1 <= MOST_BINS:
        raise ValueError(
            f"{max(len(edges) - 1, 0)} bins, expected {FEWEST_BINS} to {MOST_BINS}: give one edge "
            "more than bins"
        )
    if (edges[0], edges[-1]) != (low, high):
        raise ValueError(
            f"bins from {edges[0]} to {edges[-1]}, expected the bounds {low} and {high} as the "
            "first edge and the last"
        )
    narrowest = (fraction_of(high) - fraction_of(low)) * _NARROWEST
    for lower, upper in pairwise(edges):
        if fraction_of(upper) - fraction_of(lower) < narrowest:
            raise ValueError(
                f"bins have the edges {lower} and {upper} in this order, expected ascending edges "
                "that can be told apart"
            )


def equal_bins(low: str, high: str, bins: int) -> tuple[str, ...]:
    """The edges of so many bins of one width, up to rounding, between two bounds.

    Raises:
        ValueError: so many bins there cannot be.
    """
    if not FEWEST_BINS <= bins <= MOST_BINS:
        raise ValueError(f"{bins} bins, expected {FEWEST_BINS} to {MOST_BINS}")
    first, width = fraction_of(low), (fraction_of(high) - fraction_of(low)) / bins
    if width <= 0:
        raise ValueError(f"low {low} is not below high {high}")
    step = _decimal_step(width * _ROUNDED_TO)
    inner = (round((first + width * place) / step) * step for place in range(1, bins))
    return (low, *map(fraction_text, inner), high)


def _decimal_step(largest: Fraction) -> Fraction:
    """The largest power of ten that is no larger."""
    powers = (Fraction(10) ** -exponent for exponent in count(-18))
    return next(power for power in powers if power <= largest)
