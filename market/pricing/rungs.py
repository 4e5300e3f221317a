"""How a job's loss is divided among its families of moments: to each a rung of its ladder.

A family's part of the whole is what its weight is of all (market.pricing.weights). Under Gaussian
noise rho is divided, and under Laplace noise epsilon, so that rho is its square:

    rung_f(t) = t + floor(8 log2(part^p))      p = 1 or 2, and no rung above the family's highest

for one number t of the job: the highest whose cost is within what is offered. What it costs is the
sum of its rungs' rho, for families compose by addition. Offered that, it comes to the same t again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from crypto.accounting import RHO_UNIT
from crypto.ladder import HIGHEST, LOWEST, Ladder, rho_of_rung
from market.plan.plan import NoiseLaw

_RUNGS_PER_DOUBLING: Final = 8
_PLACES: Final = 12


@dataclass(frozen=True, slots=True)
class Division:
    """A job's families, each with its ladder and its part of the whole, from 0 to 1."""

    law: NoiseLaw
    ladders: Mapping[str, Ladder]
    parts: Mapping[str, Fraction]

    def within_rho(self, rho_units: int) -> dict[str, int] | None:
        """Each family's rung, the highest that cost `rho_units` together; None where the lowest
        cost more."""
        return self._highest(lambda rungs: cost_units(rungs) <= rho_units)

    def within_epsilon(self, epsilon: Fraction) -> dict[str, int] | None:
        """The same for a pure epsilon, which adds up over families."""
        return self._highest(lambda rungs: pure_epsilon(rungs) <= epsilon)

    def lowest(self) -> dict[str, int]:
        """The rungs below which the smallest part has none."""
        return self._at(LOWEST - min(self._offsets().values()), self._offsets())

    def _highest(self, fits: Callable[[dict[str, int]], bool]) -> dict[str, int] | None:
        offsets = self._offsets()
        low, high = LOWEST - min(offsets.values()), HIGHEST - min(offsets.values())
        if not fits(self._at(low, offsets)):
            return None
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if fits(self._at(middle, offsets)) else (low, middle - 1)
        return self._at(low, offsets)

    def _at(self, number: int, offsets: Mapping[str, int]) -> dict[str, int]:
        return {
            family: min(number + offsets[family], ladder.highest)
            for family, ladder in self.ladders.items()
        }

    def _offsets(self) -> dict[str, int]:
        power = _RUNGS_PER_DOUBLING * (1 if self.law == "gaussian" else 2)
        return {family: _floor_log2(part**power) for family, part in self.parts.items()}


def cost_units(rungs: Mapping[str, int]) -> int:
    """What families at these rungs cost together, in units of rho."""
    return sum(map(rho_of_rung, rungs.values()))


def pure_epsilon(rungs: Mapping[str, int]) -> Decimal:
    """The pure epsilon of Laplace noise at these rungs, to 12 places, never less than it is: every
    family's sqrt(2 rho) (Bun and Steinke 2016, proposition 1.4), added up."""
    return sum((_epsilon_of_rung(rung) for rung in rungs.values()), Decimal(0))


def _epsilon_of_rung(rung: int) -> Decimal:
    square = 2 * rho_of_rung(rung) * 10 ** (2 * _PLACES) // RHO_UNIT
    root = math.isqrt(square)
    return Decimal(root if root * root == square else root + 1).scaleb(-_PLACES)


def _floor_log2(value: Fraction) -> int:
    """The largest k with 2^k at most a positive fraction."""
    guess = value.numerator.bit_length() - value.denominator.bit_length()
    return guess if value >= Fraction(2) ** guess else guess - 1
