"""How wide the noise of a family of moments is, for the rho it is given.

Neighbours differ by one privacy unit added or removed, at most `max_rows` rows: a family's vector
moves by at most m = max_rows in l2 and in l1, in encoded value units, that is u·m lattice units
plus twice the worst-case error B_f of the ciphertext, which lies on the same lattice as the noise
(Canonne, Kamath and Steinke, NeurIPS 2020, theorem 14). With rho_f for the family, in units of
1e-12:

    gaussian   sigma^2 = ceil((u·m + 2·B_f)^2 · 10^12 / (2 rho_f)),   B_f = ceil(sqrt k)·B
    laplace    b = ceil((u·m + 2·B_f) / sqrt(2 rho_f · 10^-12)),      B_f = k·B
               (b is epsilon/l1; pure epsilon-DP is epsilon^2/2-zCDP, Bun and Steinke 2016, 1.4)

for its k outputs of error B each, never below the flooding floor of the key.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from crypto.accounting import RHO_UNIT
from crypto.error_bound import error_bound
from crypto.errors import ParameterError
from crypto.flooding import floor_squared
from crypto.parameters import Parameters
from market.errors import Refused
from market.plan.moments import Family
from market.plan.plan import NoiseLaw
from market.plan.schema import Schema

TAIL_SCALES = 40
"""A discrete Gaussian or Laplace passes 40 scales with probability below 2^-57."""


@dataclass(frozen=True, slots=True)
class Scale:
    """The noise of each output of a family: scale^2 and the ciphertext's error bound, both in
    lattice units."""

    squared: int
    bound: int


def family_scale(
    law: NoiseLaw,
    family: Family,
    schema: Schema,
    rho_units: int,
    ciphertexts: int,
    parameters: Parameters,
) -> Scale:
    """The scale that `rho_units` buy the family, over columns of so many `ciphertexts`.

    Raises:
        Refused: `plan-capacity` when the sum has no error bound; `plan-noise-too-wide` when so
            little rho would carry noise beyond the modulus.
    """
    try:
        bound = error_bound(family.degree, ciphertexts, parameters)
    except ParameterError as error:
        raise Refused(
            "plan-capacity", f"The dataset is too large to sum: {error}.", "Tell the owner."
        ) from error
    size = len(family.outputs)
    inflation = _root_up(size) * bound if law == "gaussian" else size * bound
    reach = parameters.unit(family.degree) * schema.privacy_unit.max_rows + 2 * inflation
    squared = -(-(reach * reach * RHO_UNIT) // (2 * rho_units))
    squared = max(squared, floor_squared(bound))
    if law == "laplace":
        squared = _root_up(squared) ** 2
    scale = Scale(squared, bound)
    _check_width(family, scale, ciphertexts, parameters)
    return scale


def noise_sd(law: NoiseLaw, scale_squared: int) -> float:
    """Standard deviation of the noise, in lattice units."""
    variance = scale_squared if law == "gaussian" else 2 * scale_squared
    return math.sqrt(variance)


def _check_width(family: Family, scale: Scale, ciphertexts: int, parameters: Parameters) -> None:
    value = parameters.unit(family.degree) * parameters.slots * ciphertexts
    if 2 * (value + scale.bound + TAIL_SCALES * _root_up(scale.squared)) >= parameters.modulus:
        raise Refused(
            "plan-noise-too-wide",
            f"The noise of {family.id} would not fit the modulus.",
            "Ask for a larger epsilon, or give the statistic a larger share.",
        )


def _root_up(square: int) -> int:
    """The smallest integer whose square is at least `square` (above 0)."""
    return math.isqrt(square - 1) + 1
