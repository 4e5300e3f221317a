"""How wide the noise of a family of moments is, for the rho it is given.

Neighbours differ by one privacy unit added or removed, at most `max_rows` rows: a family's vector
moves by at most m = max_rows · spread in l2 and in l1, in encoded value units (a spread above 1 is
that of weighted sums, market.plan.moments), that is u·m lattice units plus twice the worst-case
error B_f of the engine, which lies on the same lattice as the noise (Canonne, Kamath and Steinke,
NeurIPS 2020, theorem 14; sums on the members' lattice have none). A part of the job's rho, in units
of 1e-12, buys the family

    gaussian   rho_f = part · rho              sigma^2 = ceil((u·m + 2·B_f)^2 · 10^12 / (2 rho_f)),
                                               B_f = ceil(sqrt k)·B
    laplace    epsilon_f = part · epsilon      b = ceil((u·m + 2·B_f) / epsilon_f),   B_f = k·B

for its k outputs of error B each, never below the engine's floor (market.pricing.lattice). Rho of
families adds up; so does epsilon (basic composition), to the job's own, epsilon^2 / 2 = rho. A
family is never more than its part: its outputs share one unit of l1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from crypto.accounting import RHO_UNIT
from crypto.errors import ParameterError
from market.errors import Refused
from market.plan.moments import Family
from market.plan.plan import NoiseLaw
from market.plan.schema import Schema
from market.pricing.lattice import Lattice
from market.pricing.square_root import root_up


@dataclass(frozen=True, slots=True)
class Scale:
    """The noise of each output of a family: scale^2 and the engine's own error bound, both in
    lattice units."""

    squared: int
    bound: int


@dataclass(frozen=True, slots=True)
class Purse:
    """What a job's noise is paid from, under its law; a family gets a part of it, from 0 to 1."""

    law: NoiseLaw
    rho_units: int

    def family_rho_units(self, part: Fraction) -> Fraction:
        """epsilon_f^2 / 2 for Laplace: epsilons are divided, and rho is their square."""
        return self.rho_units * (part if self.law == "gaussian" else part * part)


def family_scale(
    purse: Purse, part: Fraction, family: Family, schema: Schema, lattice: Lattice
) -> Scale:
    """The scale that a part of what is paid buys the family.

    Raises:
        Refused: `plan-capacity` when the sum has no error bound; `plan-noise-too-wide` when so
            little rho would carry noise beyond the modulus.
    """
    try:
        bound = lattice.bound(family.degree, family.weight)
    except ParameterError as error:
        raise Refused(
            "plan-capacity", f"The dataset is too large to sum: {error}.", "Tell the owner."
        ) from error
    law, size = purse.law, len(family.outputs)
    inflation = root_up(size) * bound if law == "gaussian" else size * bound
    unit = lattice.unit(family.degree, family.weight)
    reach = unit * family.spread * schema.privacy_unit.max_rows + 2 * inflation
    squared = math.ceil(reach * reach * RHO_UNIT / (2 * purse.family_rho_units(part)))
    squared = max(squared, lattice.floor_squared(family.degree, family.weight))
    if law == "laplace":
        squared = root_up(squared) ** 2
    _check_width(law, family, Scale(squared, bound), lattice)
    return Scale(squared, bound)


def _check_width(law: NoiseLaw, family: Family, scale: Scale, lattice: Lattice) -> None:
    value = lattice.largest(family.degree, family.weight) + lattice.tables * scale.bound
    if 2 * (value + lattice.tail(law, scale.squared)) >= lattice.modulus:
        raise Refused(
            "plan-noise-too-wide",
            f"The noise of {family.id} would not fit the modulus.",
            "Ask for a larger epsilon, or give the statistic a larger share.",
        )
