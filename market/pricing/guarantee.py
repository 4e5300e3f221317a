"""What the noise of a job guarantees, and what of it is charged: from epsilon to rho and back.

    profile   Gaussian noise on ciphertexts: epsilon at delta by the privacy profile
              (crypto.gaussian_profile)
    zcdp      Gaussian noise that members draw in shares: the formula for every noise of rho-zCDP
              (crypto.accounting)
    pure      Laplace noise: epsilon with delta 0, charged epsilon^2 / 2 (Bun and Steinke 2016,
              proposition 1.4)

In both directions epsilon is rounded away from the person in the data's risk: told, it is never
less than it is; asked for, it buys no more rho than it holds.
"""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal

from crypto.accounting import RHO_UNIT, check_epsilon, epsilon_for_rho, rho_for_epsilon
from crypto.gaussian_profile import gaussian_epsilon, gaussian_rho_units
from market.plan.decimals import fraction_of
from market.plan.plan import NoiseLaw
from market.pricing.lattice import Lattice

Guarantee = Literal["profile", "zcdp", "pure"]

MAXIMUM_EPSILON: Final = 100
"""The largest that may be asked for."""
_EPSILON_PLACES = 12


def guarantee_of(law: NoiseLaw, lattice: Lattice) -> Guarantee:
    """What noise of a law is on a lattice."""
    if law == "laplace":
        return "pure"
    return "profile" if lattice.has_profile else "zcdp"


def delta_of(guarantee: Guarantee, delta: str) -> str:
    """The delta that stands beside a job's epsilon, the policy's being `delta`."""
    return "0" if guarantee == "pure" else delta


def epsilon_of(guarantee: Guarantee, rho_units: int, delta: str) -> Decimal:
    """The epsilon that `rho_units` mean, rounded up to 12 places.

    Raises:
        ParameterError: rho or delta outside the ranges of crypto.accounting.
    """
    if guarantee == "profile":
        return gaussian_epsilon(rho_units, fraction_of(delta))
    if guarantee == "zcdp":
        return epsilon_for_rho(rho_units, fraction_of(delta))
    return _pure_epsilon(rho_units)


def rho_units_of(guarantee: Guarantee, epsilon: Fraction, delta: str) -> int:
    """The largest rho, in units, whose `epsilon_of` is at most `epsilon`; 0 where none is.

    Raises:
        ParameterError: epsilon or delta outside the ranges of crypto.accounting.
    """
    if guarantee == "profile":
        return gaussian_rho_units(epsilon, fraction_of(delta))
    if guarantee == "zcdp":
        return rho_for_epsilon(epsilon, fraction_of(delta))
    check_epsilon(epsilon)
    # On the grid on which an epsilon is told, so that what is asked is never passed.
    told = Fraction(math.floor(epsilon * 10**_EPSILON_PLACES), 10**_EPSILON_PLACES)
    return math.floor(told * told * RHO_UNIT / 2)


def _pure_epsilon(rho_units: int) -> Decimal:
    """sqrt(2 rho), rounded up: exact where the root is."""
    square = 2 * rho_units * 10 ** (2 * _EPSILON_PLACES) // RHO_UNIT
    root = math.isqrt(square)
    return Decimal(root if root * root == square else root + 1).scaleb(-_EPSILON_PLACES)
