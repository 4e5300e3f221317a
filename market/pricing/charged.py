"""What was charged, as an epsilon: by the same conversion as the quote of its question.

A budget's epsilon holds for any noise that may be paid from it (market.pricing.loss). What one
question costs is known more closely, since its noise is known; whoever is told the one must not
be told the other of the same charge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from crypto.accounting import LARGEST_RHO_UNITS
from market.pricing.guarantee import Guarantee, epsilon_of
from market.pricing.loss import shown_epsilon


@dataclass(frozen=True, slots=True)
class Charge:
    """A charge of `rho_units`, and what its noise guarantees.

    Attributes:
        pure_epsilon: of Laplace noise that was charged whole, as its quote tells it; else None.
    """

    rho_units: int
    guarantee: Guarantee
    pure_epsilon: Decimal | None = None


def charged_epsilon(charges: Sequence[Charge], delta: str) -> str:
    """The epsilon of charges together, rounded up to four decimals, at `delta` where it needs one.

    The rho of wide Gaussians adds up, one after the other, and is told as theirs
    (crypto.gaussian_profile); pure epsilons add up; of others together the rho does, and is told
    for every noise.
    """
    pure = [one.pure_epsilon for one in charges if one.pure_epsilon is not None]
    if charges and len(pure) == len(charges):
        return _shown(sum(pure, Decimal(0)))
    units = sum(one.rho_units for one in charges)
    if units > LARGEST_RHO_UNITS:
        return "without bound"
    are_wide = all(one.guarantee == "profile" for one in charges)
    return _shown(epsilon_of("profile" if are_wide else "zcdp", units, delta))


def _shown(epsilon: Decimal) -> str:
    return shown_epsilon(format(epsilon, "f"))
