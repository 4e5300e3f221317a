"""zCDP in integer units, and what it means as (epsilon, delta).

Rules: rho is counted in integer units of 10^-12 and rounded up where it is charged; it composes by
addition, also over adaptively chosen queries (Bun and Steinke 2016). Epsilon is shown, never
accounted; it is rounded up. Arithmetic is decimal with correctly rounded logarithms, so every
party computes the same digits.

The conversion is proposition 12 of Canonne, Kamath and Steinke (NeurIPS 2020): rho-zCDP implies
(epsilon, delta)-DP for every alpha > 1 and

    delta = exp((alpha - 1)(alpha rho - epsilon)) / (alpha - 1) * (1 - 1/alpha)^alpha.

Solved for epsilon it is

    epsilon(alpha) = alpha rho + ln(1 - 1/alpha) + (ln(1/delta) - ln alpha) / (alpha - 1),

least where rho (alpha - 1)^2 = ln(1/delta) - ln alpha, which has one root between 1 and 1/delta.
Every alpha is sound: a root that is a little off costs tightness, never privacy.

    >>> epsilon_for_rho(RHO_UNIT // 10, Fraction(1, 10**6))
    Decimal('2.141938928386')
    >>> rho_for_epsilon(Fraction(1), Fraction(1, 10**6))
    24355970359
"""

from __future__ import annotations

from decimal import ROUND_CEILING, Context, Decimal
from fractions import Fraction
from functools import lru_cache

from crypto.errors import ParameterError

RHO_UNIT = 10**12
"""How many units make rho = 1."""
LARGEST_EPSILON = 1_000
_SMALLEST_DELTA = Fraction(1, 10**60)
LARGEST_RHO_UNITS = 10**18
_DIGITS = Context(prec=60, Emax=10_000, Emin=-10_000)
_EPSILON_QUANTUM = Decimal("1e-12")
# Over a hundred roundings of at most 10^-50 each: values here stay below 10^9.
_ROUNDING_ALLOWANCE = Decimal("1e-40")
_LARGEST_STEPS = 200
_ROOT_TOLERANCE = Decimal("1e-25")


def epsilon_for_rho(rho_units: int, delta: Fraction) -> Decimal:
    """The epsilon that holds with `delta`, rounded up to 12 decimal places.

    Raises:
        ParameterError: a negative rho or one above 10^6, or delta outside [10^-60, 1).
    """
    check_rho(rho_units)
    check_delta(delta)
    return _epsilon(rho_units, delta)


def rho_for_epsilon(epsilon: Fraction, delta: Fraction) -> int:
    """The largest rho, in units, whose `epsilon_for_rho` is at most `epsilon`.

    Raises:
        ParameterError: epsilon outside (0, 1000], or delta outside [10^-60, 1).
    """
    check_epsilon(epsilon)
    check_delta(delta)
    # Epsilon grows with rho. Doubling finds a rho above the answer in at most sixty steps, halving
    # the interval finds the last unit within it.
    above = 1
    while above < LARGEST_RHO_UNITS and Fraction(_epsilon(above, delta)) <= epsilon:
        above *= 2
    above = min(above, LARGEST_RHO_UNITS + 1)
    within = 0
    while above - within > 1:
        middle = (within + above) // 2
        if Fraction(_epsilon(middle, delta)) <= epsilon:
            within = middle
        else:
            above = middle
    return within


def check_rho(rho_units: int) -> None:
    """That rho can be told as an epsilon (raises ParameterError, as all here)."""
    if not 0 <= rho_units <= LARGEST_RHO_UNITS:
        raise ParameterError(f"rho is {rho_units} units, expected 0 to {LARGEST_RHO_UNITS}")


def check_epsilon(epsilon: Fraction) -> None:
    """That an epsilon can be asked for."""
    if not 0 < epsilon <= LARGEST_EPSILON:
        raise ParameterError(f"epsilon is {epsilon}, expected above 0, at most {LARGEST_EPSILON}")


def check_delta(delta: Fraction) -> None:
    """That a delta can stand beside an epsilon."""
    if not _SMALLEST_DELTA <= delta < 1:
        raise ParameterError(f"delta is {delta}, expected at least 10^-60 and below 1")


@lru_cache(maxsize=4_096)
def _epsilon(rho_units: int, delta: Fraction) -> Decimal:
    if rho_units == 0:
        return Decimal(0).quantize(_EPSILON_QUANTUM, context=_DIGITS)
    # Sixty digits in a context of its own: a caller's precision or rounding has no part in it.
    context = _DIGITS
    rho = context.divide(Decimal(rho_units), Decimal(RHO_UNIT))
    log_inverse_delta = context.subtract(
        context.ln(Decimal(delta.denominator)), context.ln(Decimal(delta.numerator))
    )
    alpha = _best_alpha(rho, log_inverse_delta)
    # alpha rho, ln(1 - 1/alpha) as ln((alpha - 1)/alpha), and (ln(1/delta) - ln alpha)/(alpha - 1).
    below_one = context.divide(context.subtract(alpha, Decimal(1)), alpha)
    tail = context.divide(
        context.subtract(log_inverse_delta, context.ln(alpha)), context.subtract(alpha, Decimal(1))
    )
    epsilon = context.add(context.add(context.multiply(alpha, rho), context.ln(below_one)), tail)
    # Logarithms are correctly rounded, but to nearest: what all roundings together may have taken
    # is given back before the result is rounded up.
    raised = context.add(epsilon, _ROUNDING_ALLOWANCE)
    return max(raised, Decimal(0)).quantize(
        _EPSILON_QUANTUM, rounding=ROUND_CEILING, context=context
    )


def _best_alpha(rho: Decimal, log_inverse_delta: Decimal) -> Decimal:
    """Newton's method, kept inside a shrinking bracket, for x = alpha - 1 in
    rho x^2 + ln(1 + x) = ln(1/delta), whose left side grows with x."""
    context = _DIGITS
    one, two = Decimal(1), Decimal(2)
    # At x = sqrt(ln(1/delta)/rho) the first term alone is ln(1/delta): the root lies below.
    low = Decimal(0)
    high = context.sqrt(context.divide(log_inverse_delta, rho))
    x = high
    for _ in range(_LARGEST_STEPS):
        rho_x = context.multiply(rho, x)
        value = context.add(context.multiply(rho_x, x), context.ln(context.add(one, x)))
        excess = context.subtract(value, log_inverse_delta)
        if excess > 0:
            high = x
        else:
            low = x
        # For rho < 1/2 the left side is concave first and convex later, so a step can leave the
        # bracket. Then the bracket is halved instead: every step makes progress.
        slope = context.add(context.multiply(two, rho_x), context.divide(one, context.add(one, x)))
        following = context.subtract(x, context.divide(excess, slope))
        if not low < following < high:
            following = context.divide(context.add(low, high), two)
        if abs(context.subtract(following, x)) <= context.multiply(x, _ROOT_TOLERANCE):
            break
        x = following
    return context.add(one, x)
