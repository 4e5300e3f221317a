"""What a person asks for is an epsilon; what is accounted is rho."""

from __future__ import annotations

import re
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction

from market.errors import Refused
from market.plan.decimals import decimal_text, fraction_of
from market.pricing.guarantee import MAXIMUM_EPSILON, Guarantee, epsilon_of, rho_units_of
from market.records.listing import Policy

_FINEST = Decimal("1e-9")
_EPSILON = re.compile(r"[0-9]{1,3}(\.[0-9]{1,9})?")


def read_epsilon(text: str) -> str:
    """An epsilon as a person wrote it, in shortest form: ` 1.0` is `1`.

    Raises:
        Refused: `epsilon-malformed`: no plain decimal above 0 and at most 100.
    """
    epsilon = text.strip(" \t\r\n")
    if _EPSILON.fullmatch(epsilon) and 0 < Fraction(epsilon) <= MAXIMUM_EPSILON:
        return decimal_text(epsilon)
    raise Refused(
        "epsilon-malformed",
        f"Epsilon is {epsilon[:20]!r}, expected a decimal above 0, at most {MAXIMUM_EPSILON}.",
        "Give a plain decimal such as 0.5, with at most nine digits after the point.",
    )


def usual_epsilon(policy: Policy, guarantee: Guarantee) -> str:
    """What to try a program with when nobody says: 1, or less where one job may cost less."""
    allowed = epsilon_of(guarantee, policy.job_rho_units, policy.delta)
    finest = max(_FINEST, allowed.quantize(_FINEST, rounding=ROUND_DOWN))
    return decimal_text(min(Decimal(1), finest))


def rho_asked(epsilon: str, delta: str, guarantee: Guarantee) -> int:
    """The largest rho, in units, whose epsilon stays within what was asked.

    Raises:
        Refused: `epsilon-malformed`, or `epsilon-too-small` when not one unit fits.
    """
    units = rho_units_of(guarantee, fraction_of(read_epsilon(epsilon)), delta)
    if units < 1:
        raise Refused(
            "epsilon-too-small",
            f"Epsilon {epsilon} at delta {delta} leaves no budget to answer with.",
            "Ask for a larger epsilon.",
        )
    return units
