"""Sums that noise made negative, and cannot be: the nearest that are possible together.

    levels  103, -4, 51    total  150      ->      levels  101, 0, 49    total  150

Each is at least 0, and those that add up to another still do. Of all such the nearest in squares,
each by its variance, is taken: the truth is among them, so the whole is never further from it than
before (a projection onto a convex set). Several balances that overlap are met in turn, as Dykstra
does (Boyle and Dykstra 1986).

The nearest is no longer right on average: rare levels gain what large ones lose. So it gives values
alone; intervals stay those of the sums before (market.plan.answers).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from market.plan.uncertain import Uncertain

# Of the smallest standard deviation in it: a sweep that moves no value by more is the last.
_SETTLED = 1e-7
# Of the largest value: by less a sweep moves them for rounding alone.
_ROUNDING = 1e-13
# What crawls is ended after so many moves of single values. Tables of thousands of cells settle in
# a hundred sweeps, a handful of sums of unequal variances may take a thousand.
_MOST_MOVES = 200_000
_FEWEST_SWEEPS = 200
# Of the largest variance: a sum that is nearly exact still takes a rounding's part.
_LEAST_VARIANCE = 1e-12


@dataclass(frozen=True, slots=True)
class Balance:
    """Sums, by their places, that add up to another."""

    total: int
    parts: tuple[int, ...]

    @property
    def places(self) -> tuple[int, ...]:
        return (self.total, *self.parts)


def nearest_possible(
    sums: Mapping[int, Uncertain], balances: Sequence[Balance]
) -> dict[int, float]:
    """The nearest values of 0 or more among which the balances hold.

    Args:
        sums: by place; the balances hold among them already, but for rounding.
    """
    found = {place: max(one.value, 0.0) for place, one in sums.items()}
    negative = [place for place, one in sums.items() if one.value < 0]
    for group in _connected(balances, negative):
        places = sorted({place for balance in group for place in balance.places})
        variances = {place: sums[place].sd ** 2 for place in places}
        least = _LEAST_VARIANCE * max(variances.values())
        if least:
            weights = {place: max(variance, least) for place, variance in variances.items()}
            found |= _met({place: sums[place].value for place in places}, weights, group)
    return found


def _connected(balances: Sequence[Balance], negative: Sequence[int]) -> list[list[Balance]]:
    """Balances that a negative sum is in, or that share a sum with such a one, by group."""
    left, groups = list(balances), list[list[Balance]]()
    for place in negative:
        reached, group = {place}, list[Balance]()
        while touched := [one for one in left if reached.intersection(one.places)]:
            left = [one for one in left if one not in touched]
            group += touched
            reached.update(place for one in touched for place in one.places)
        if group:
            groups.append(group)
    return groups


def _met(
    values: Mapping[int, float], variances: Mapping[int, float], balances: Sequence[Balance]
) -> dict[int, float]:
    """All balances, in turn, until a sweep of them moves no value any more."""
    found = dict(values)
    taken = [dict.fromkeys(balance.places, 0.0) for balance in balances]
    settled = max(
        _SETTLED * min(variances.values()) ** 0.5, _ROUNDING * max(map(abs, values.values()))
    )
    moves = sum(map(len, taken))
    for _ in range(max(_FEWEST_SWEEPS, _MOST_MOVES // moves)):
        moved = 0.0
        for balance, before in zip(balances, taken, strict=True):
            given = {place: found[place] + before[place] for place in balance.places}
            for place, value in _balanced(given, variances, balance).items():
                moved = max(moved, abs(value - found[place]))
                before[place] = given[place] - value
                found[place] = value
        if moved <= settled:
            break
    return found


def _balanced(
    values: Mapping[int, float], variances: Mapping[int, float], balance: Balance
) -> dict[int, float]:
    """The nearest values of 0 or more of which the parts add up to the total.

    Each moves by its variance times one multiplier, downwards the parts and upwards the total, and
    stops at 0. What the parts exceed the total by falls with it, straight between the multipliers
    at which one stops: two of these, next to each other, hold the one at which nothing is left.
    """
    slopes = {place: -variances[place] for place in balance.parts}
    slopes[balance.total] = variances[balance.total]
    signs = dict.fromkeys(balance.parts, 1.0) | {balance.total: -1.0}

    def moved(multiplier: float) -> dict[int, float]:
        return {place: max(values[place] + multiplier * slopes[place], 0.0) for place in slopes}

    def excess(multiplier: float) -> float:
        return sum(signs[place] * value for place, value in moved(multiplier).items())

    stops = sorted(-values[place] / slope for place, slope in slopes.items())
    after = min(bisect_left(stops, 0.0, key=lambda stop: -excess(stop)), len(stops) - 1)
    between = (stops[after - 1] + stops[after]) / 2 if after else stops[0] - 1.0
    moving = [place for place in slopes if values[place] + between * slopes[place] > 0]
    if not moving:
        return moved(between)
    offset = sum(signs[place] * values[place] for place in moving)
    return moved(offset / sum(abs(slopes[place]) for place in moving))
