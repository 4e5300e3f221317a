"""A question before it has a price: what its loss is divided among, and in which proportions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from crypto.ladder import rho_of_rung
from market.errors import Refused
from market.plan.lowered import Lowered
from market.pricing.guarantee import Guarantee, guarantee_of
from market.pricing.lattice import Lattice
from market.pricing.rungs import Division
from market.pricing.scales import family_ladder
from market.pricing.weights import Claim, attributed, family_weights


@dataclass(frozen=True, slots=True)
class Divided:
    """A question on the lattice of the engine that answers it.

    Attributes:
        surcharge_rho_units: what a run costs beyond its families.
        claims: each statistic's, in the plan's order.
    """

    lowered: Lowered
    lattice: Lattice
    guarantee: Guarantee
    surcharge_rho_units: int
    claims: tuple[Claim, ...]
    division: Division

    def attributed(self, rungs: Mapping[str, int]) -> list[int]:
        """Each statistic's part of what its families cost at these rungs, in units of rho."""
        return attributed(self.claims, {one: rho_of_rung(rung) for one, rung in rungs.items()})


def divide(lowered: Lowered, lattice: Lattice) -> Divided:
    """What a question's loss is divided among.

    Raises:
        Refused: `plan-sums-only`, `plan-not-pure`, `plan-capacity`.
    """
    _check_degree(lowered, lattice)
    law, schema = lowered.plan.law, lowered.schema
    surcharge = lattice.surcharge_rho_units(law, len(lowered.outputs))
    guarantee = guarantee_of(law, lattice)
    if guarantee == "pure" and surcharge:
        raise _not_pure()
    claims = tuple(Claim(one.named.share, one.families) for one in lowered.statistics)
    weights = family_weights(claims)
    total = sum(weights.values())
    ladders = {one.id: family_ladder(law, one, schema, lattice) for one in lowered.families}
    parts = {name: Fraction(weight, total) for name, weight in weights.items()}
    return Divided(lowered, lattice, guarantee, surcharge, claims, Division(law, ladders, parts))


def _check_degree(lowered: Lowered, lattice: Lattice) -> None:
    if any(output.degree > lattice.degree for output in lowered.outputs):
        raise Refused(
            "plan-sums-only",
            "The plan multiplies encrypted columns; the table is encrypted for sums alone.",
            "Use the declared product columns, or ask the owner for a table that is encrypted for "
            "products.",
        )


def _not_pure() -> Refused:
    return Refused(
        "plan-not-pure",
        "The plan asks for Laplace noise, but a run of a join tells more than its sums, for which "
        "rho is charged: no pure epsilon would hold for it.",
        "Leave LAW out of the program: Gaussian noise.",
    )
