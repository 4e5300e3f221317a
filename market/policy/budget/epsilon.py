"""What a person asks for is an epsilon; what is accounted is rho."""

from __future__ import annotations

import re
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal
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
    """What to try a program with when nobody says: 1, or less where one job, or the people in the
    data, may lose less."""
    units = min(policy.job_rho_units, policy.budget_rho_units)
    largest = askable_epsilon(units, policy.delta, guarantee)
    return decimal_text(min(Decimal(1), Decimal(largest or _FINEST)))


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


def rho_bought(epsilon: str, policy: Policy, guarantee: Guarantee) -> int:
    """The rho, in units, that a job of at most `epsilon` gets under a policy.

    A declared budget holds for any noise, so it is less rho than the same epsilon is worth to a job
    of one wide Gaussian. Who asks for an epsilon within the declared one never asks for more than
    is declared: they get all of it, at an epsilon that the quote tells, smaller than theirs. One
    above it keeps its price, and is refused (market.policy.budget.admission). A pure epsilon is
    exact: the noise is asked for by it.

    Raises:
        Refused: as `rho_asked`.
    """
    units = rho_asked(epsilon, policy.delta, guarantee)
    if guarantee != "profile":
        return units
    declared = rho_units_of("zcdp", fraction_of(read_epsilon(epsilon)), policy.delta)
    is_within = declared <= policy.budget_rho_units
    return min(units, policy.budget_rho_units) if is_within else units


def askable_epsilon(units: int, delta: str, guarantee: Guarantee) -> str:
    """An epsilon that a person may ask for and that buys no more than `units` of rho: the largest,
    but for its fifth decimal; empty where none buys any."""
    exact = epsilon_of(guarantee, units, delta) if units > 0 else Decimal(0)
    for places in (Decimal("0.0001"), _FINEST):
        for rounding in (ROUND_HALF_EVEN, ROUND_DOWN):
            epsilon = min(exact.quantize(places, rounding=rounding), Decimal(MAXIMUM_EPSILON))
            if epsilon and 0 < rho_units_of(guarantee, Fraction(epsilon), delta) <= units:
                return decimal_text(epsilon)
    return ""
