"""The account of a ciphertext key: what opened coefficients tell about their CKKS error.

An opened coefficient shows value + e + Z with |e| <= B. Whoever knows the value reads an equation
in the secret key unless Z floods e (IND-CPA-D: Li and Micciancio, EUROCRYPT 2021). One opening
with noise of scale sigma costs (B/sigma)^2/2 of Rényi divergence per order (Li, Micciancio,
Schultz and Sorrell, CRYPTO 2022, section 4); the costs of all openings under a key add up, and
their sum stays below 2^-KAPPA. For Laplace noise of scale b the same (B/b)^2/2 bounds the cost:
pure epsilon B/b is (B/b)^2/2-zCDP (Bun and Steinke 2016, proposition 1.4).

Amounts are integers in units of 2^-80, rounded up.
"""

from __future__ import annotations

from crypto.errors import ParameterError

KAPPA = 40
"""Statistical bits that all openings under one key leave."""
UNITS_LOG2 = 80
CAP_UNITS = 2 ** (UNITS_LOG2 - KAPPA)
"""The most one key may spend."""
_FLOOR_LOG2 = 24


def floor_squared(bound: int) -> int:
    """The smallest scale^2 any opening may use: (bound * 2^24)^2, in lattice units squared.

    At the floor one opening costs 2^31 units, so 512 fit below the cap.

    Raises:
        ParameterError: a bound below one lattice unit.
    """
    _check_bound(bound)
    return (bound << _FLOOR_LOG2) ** 2


def flooding_units(bound: int, sigma_squared: int) -> int:
    """What one opening costs the key: ceil((bound^2 / (2 sigma^2)) * 2^80).

    Raises:
        ParameterError: a bound below one lattice unit, or a scale below the floor.
    """
    if sigma_squared < floor_squared(bound):
        raise ParameterError(
            f"noise scale squared is {sigma_squared}, expected at least {floor_squared(bound)}"
        )
    return -((-(bound * bound) << UNITS_LOG2) // (2 * sigma_squared))


def _check_bound(bound: int) -> None:
    if bound < 1:
        raise ParameterError(f"error bound is {bound} lattice units, expected at least 1")
