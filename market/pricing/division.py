"""The least that meets every error: how much each statistic has to get.

An expected error is, squared, a sum over families of slope^2 / x_f^p: x_f is what a family gets, in
rho (Gaussian noise, p = 1) or in epsilon (Laplace, p = 2). A statistic gives each family it needs
an even part of its share (market.pricing.weights), so x is linear in the shares s, and

    least sum of s   such that   g_j(s) = sum over f of need[j, f] / x_f(s)^p <= 1   for every j

is convex. A logarithmic barrier and Newton's method solve it (Boyd and Vandenberghe, Convex
Optimization, section 11.3) and end with a bound: no shares have a sum that is less by more than
`GAP`. Of the many numbers of one statistic few bind: those are found by solving for the worst, and
again with whatever that left unmet.

Standard library only: a client has no NumPy.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from operator import mul
from typing import Final

GAP: Final = 1e-6
"""How far above the least sum the shares may lie, relatively."""
_MOST_ADDED: Final = 64
_SHARPER: Final = 20.0
_MOST_STEPS: Final = 100
_DECREMENT: Final = 1e-9

Need = Mapping[str, float]
"""For one error: by family, slope^2 over the square of the error that is wanted."""
Vector = list[float]


@dataclass(frozen=True, slots=True)
class Division:
    """What is divided, and what it has to reach.

    Attributes:
        uses: for each statistic, the families it needs, each with an even part of its share; none
            for what is the same whatever the data.
        needs: one for each error; every family in it is one that some statistic needs.
        power: 1 where rho is divided, 2 where epsilon is.
    """

    uses: tuple[tuple[str, ...], ...]
    needs: tuple[Need, ...]
    power: int

    def amounts(self, shares: Sequence[float]) -> dict[str, float]:
        """What each family gets."""
        amounts: dict[str, float] = {}
        for share, families in zip(shares, self.uses, strict=True):
            for family in families:
                amounts[family] = amounts.get(family, 0.0) + share / len(families)
        return amounts

    def reached(self, shares: Sequence[float]) -> Vector:
        """For each error, the square of what it is over what it may be."""
        amounts = self.amounts(shares)
        return [
            math.fsum(need / amounts[family] ** self.power for family, need in one.items())
            for one in self.needs
        ]


def least_shares(division: Division) -> Vector:
    """The shares of the least sum that meet every error.

    Raises:
        ValueError: no error depends on the noise.
    """
    even = [1.0] * len(division.uses)
    reached = division.reached(even)
    if not max(reached, default=0.0) > 0:
        raise ValueError("no error depends on the noise")
    binding: set[int] = set()
    shares, unmet = even, list(range(len(reached)))
    while unmet:
        # The worst of them: they often meet their neighbours too.
        binding |= set(sorted(unmet, key=reached.__getitem__)[-_MOST_ADDED:])
        shares = _solved(replace(division, needs=tuple(division.needs[j] for j in sorted(binding))))
        reached = division.reached(shares)
        unmet = [j for j, one in enumerate(reached) if one > 1 and j not in binding]
    return shares


def _solved(division: Division) -> Vector:
    # In units of an even division that meets all errors twice over: sums are near 1 then, however
    # small a rho is, and the even division is a start inside every bound.
    worst = max(division.reached([1.0] * len(division.uses)))
    unit = (2 * worst) ** (1 / division.power)
    scaled = tuple(
        {family: need / unit**division.power for family, need in one.items()}
        for one in division.needs
    )
    barrier = _Barrier(replace(division, needs=scaled))
    shares, sharpness = [1.0] * len(division.uses), 1.0
    while True:
        shares = barrier.least(shares, sharpness)
        if barrier.terms / sharpness <= GAP * math.fsum(shares):
            return [share * unit for share in shares]
        sharpness *= _SHARPER


@dataclass(frozen=True, slots=True)
class _Barrier:
    """sharpness * sum of s - sum of log(1 - g_j) - sum of log s: its least point nears that of the
    problem to within `terms` / sharpness."""

    division: Division

    @property
    def terms(self) -> int:
        return len(self.division.needs) + len(self.division.uses)

    def least(self, shares: Vector, sharpness: float) -> Vector:
        """Newton's method from a point inside, halving steps that do not go down enough."""
        for _ in range(_MOST_STEPS):
            slope, curvature = self._derivatives(shares, sharpness)
            step = _solve(curvature, [-one for one in slope])
            decrement = -math.fsum(a * b for a, b in zip(slope, step, strict=True))
            if decrement <= _DECREMENT:
                break
            here, length = self._value(shares, sharpness), 1.0
            while length > 1e-12:
                moved = [a + length * b for a, b in zip(shares, step, strict=True)]
                if self._value(moved, sharpness) <= here - 0.25 * length * decrement:
                    shares = moved
                    break
                length /= 2
            else:
                break
        return shares

    def _value(self, shares: Vector, sharpness: float) -> float:
        if min(shares) <= 0:
            return math.inf
        left = [1 - one for one in self.division.reached(shares)]
        if min(left) <= 0:
            return math.inf
        return (
            sharpness * math.fsum(shares)
            - math.fsum(map(math.log, left))
            - math.fsum(map(math.log, shares))
        )

    def _derivatives(self, shares: Vector, sharpness: float) -> tuple[Vector, list[Vector]]:
        uses, power = self.division.uses, self.division.power
        amounts = self.division.amounts(shares)
        slope = [sharpness - 1 / share for share in shares]
        curvature = [[0.0] * len(shares) for _ in shares]
        for i, share in enumerate(shares):
            curvature[i][i] = 1 / share**2
        bends: dict[str, float] = {}
        all_falls: list[Vector] = []
        for need, reached in zip(self.division.needs, self.division.reached(shares), strict=True):
            left = 1 - reached
            pulls = {f: -power * one / amounts[f] ** (power + 1) for f, one in need.items()}
            for f, pull in pulls.items():
                bends[f] = bends.get(f, 0.0) - (power + 1) * pull / amounts[f] / left
            falls = [
                math.fsum(pulls.get(f, 0.0) for f in one) / max(len(one), 1) / left for one in uses
            ]
            all_falls.append(falls)
        # By statistic: sums of products of two of these are what is long.
        columns = list(zip(*all_falls, strict=True))
        for i, column in enumerate(columns):
            slope[i] += math.fsum(column)
            for k in range(i + 1):
                curvature[i][k] += _dot(column, columns[k])
        for f, bend in bends.items():
            parts = [(i, 1 / len(one)) for i, one in enumerate(uses) if f in one]
            for position, (i, part) in enumerate(parts):
                for k, other in parts[: position + 1]:
                    curvature[i][k] += bend * part * other
        return slope, curvature


def _dot(left: Sequence[float], right: Sequence[float]) -> float:
    return math.fsum(map(mul, left, right))


def _solve(matrix: list[Vector], right: Vector) -> Vector:
    """x of matrix x = right, by Cholesky; of the matrix, symmetric and positive definite, what is
    on and below the diagonal is read."""
    size = len(right)
    lower = [[0.0] * size for _ in range(size)]
    for i in range(size):
        for k in range(i + 1):
            rest = matrix[i][k] - _dot(lower[i][:k], lower[k][:k])
            lower[i][k] = math.sqrt(max(rest, 1e-300)) if i == k else rest / lower[k][k]
    solution = list(right)
    for i in range(size):
        taken = _dot(lower[i][:i], solution[:i])
        solution[i] = (solution[i] - taken) / lower[i][i]
    for i in reversed(range(size)):
        taken = math.fsum(lower[k][i] * solution[k] for k in range(i + 1, size))
        solution[i] = (solution[i] - taken) / lower[i][i]
    return solution
