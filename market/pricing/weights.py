"""How a job's rho is divided among its families of moments.

Each statistic spreads its share evenly over the families it needs; a family's weight is what it
gets from all statistics, scaled to whole numbers. Everything is exact or rounded the same way on
every machine.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

# Finer weights would only let rounding eat a small rho.
_LARGEST_TOTAL_WEIGHT = 1 << 16


@dataclass(frozen=True, slots=True)
class Claim:
    """A statistic's share, and the distinct families it needs."""

    share: int
    families: tuple[str, ...]

    @property
    def part(self) -> Fraction:
        return Fraction(self.share, len(self.families))


def family_weights(claims: Sequence[Claim]) -> dict[str, int]:
    """A weight of at least 1 for each family, in the order the families are first needed."""
    parts = _totals(claims)
    common = math.lcm(*(part.denominator for part in parts.values()))
    whole = {name: int(part * common) for name, part in parts.items()}
    divisor = math.gcd(*whole.values())
    total = sum(whole.values()) // divisor
    if total <= _LARGEST_TOTAL_WEIGHT:
        return {name: weight // divisor for name, weight in whole.items()}
    return {
        name: max(1, weight // divisor * _LARGEST_TOTAL_WEIGHT // total)
        for name, weight in whole.items()
    }


def attributed(claims: Sequence[Claim], rho_units: Mapping[str, int]) -> list[int]:
    """Each statistic's rho units, of what each family costs: a family is shared in proportion to
    what was claimed of it.

    Cumulative rounding, so that the parts add up to the total.
    """
    totals = _totals(claims)
    parts, running, given = [], Fraction(0), 0
    for claim in claims:
        running += sum(
            (rho_units[name] * claim.part / totals[name] for name in claim.families), Fraction(0)
        )
        parts.append(math.floor(running) - given)
        given = math.floor(running)
    return parts


def _totals(claims: Sequence[Claim]) -> dict[str, Fraction]:
    totals: dict[str, Fraction] = {}
    for claim in claims:
        for name in claim.families:
            totals[name] = totals.get(name, Fraction(0)) + claim.part
    return totals
