"""What a person asks for is an epsilon; what is accounted is rho."""

from __future__ import annotations

from fractions import Fraction

from crypto.accounting import rho_for_epsilon
from market.errors import Refused
from market.plan.decimals import fraction_of

MAXIMUM_EPSILON = 100


def read_epsilon(text: str) -> Fraction:
    """A form's epsilon.

    Raises:
        Refused: `epsilon-malformed`: no plain decimal above 0 and at most 100.
    """
    try:
        value = fraction_of(text)
    except ValueError:
        value = Fraction(0)
    if not 0 < value <= MAXIMUM_EPSILON:
        raise Refused(
            "epsilon-malformed",
            f"Epsilon is {text[:20]!r}, expected a decimal above 0, at most {MAXIMUM_EPSILON}.",
            "Give a plain decimal in shortest form, such as 0.5.",
        )
    return value


def rho_asked(epsilon: str, delta: str) -> int:
    """The largest rho, in units, whose epsilon at `delta` stays within what was asked.

    Raises:
        Refused: `epsilon-malformed`, or `epsilon-too-small` when not one unit fits.
    """
    units = rho_for_epsilon(read_epsilon(epsilon), fraction_of(delta))
    if units < 1:
        raise Refused(
            "epsilon-too-small",
            f"Epsilon {epsilon} at delta {delta} leaves no budget to answer with.",
            "Ask for a larger epsilon.",
        )
    return units
