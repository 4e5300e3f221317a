"""What rho means as (epsilon, delta) when all noise is Gaussian: exactly, not by way of zCDP.

Gaussian noise of scales sigma_i on sums that one privacy unit moves by v_i is mu-GDP, mu the length
of the vector (v_i / sigma_i), and rho = mu^2 / 2. Its privacy profile is known (Balle and Wang,
ICML 2018, theorem 8; Dong, Roth and Su 2022, corollary 1): with Q the upper tail of the normal law,

    delta(epsilon) = Q(a) - exp(epsilon) Q(b),   a = epsilon/mu - mu/2,   b = epsilon/mu + mu/2

and as exp(epsilon) phi(b) = phi(a), it is phi(a) (M(a) - M(b)) with Mills' ratio M = Q / phi. The
profile falls with epsilon and grows with mu. crypto.accounting has the formula that holds for every
noise of rho-zCDP; no Gaussian costs more than that says, and none is said to here.

Adaptively chosen questions: their mu_i^2 add up, and a filter that stops at sum mu_i^2 <= mu^2 is
mu-GDP, be the questions and their scales chosen after earlier answers (Smith and Thakurta 2022;
Koskela, Tobaben and Honkela 2022). In rho that is sum rho_i <= cap: the filter there was already.

Our noise is a discrete Gaussian Z on integers, at scales of at least 2^41 (crypto.flooding: 2^24
times a bound above 2^17). Rounding a normal draw N gives an integer whose release m + round(N) is
round(m + N), post-processing of the continuous release. At |x| <= T sigma both have the same
probability up to a factor exp(h), h <= T^2 / (8 sigma^2) + 3 exp(-2 pi^2 sigma^2): the rounded one
is phi(x) times the integral of cosh(x t / sigma^2) exp(-t^2 / (2 sigma^2)) over |t| <= 1/2, which
lies between exp(-1 / (8 sigma^2)) and exp(x^2 / (8 sigma^4)); the discrete one is phi(x) divided
by its sum over the integers, 1 + 2 exp(-2 pi^2 sigma^2) + ... (Poisson's formula). So for k outputs

    delta_Z(epsilon) <= exp(k h) delta(epsilon - 2 k h) + P(some |Z_i| > T_0 sigma_i)

where T = T_0 + mu covers both neighbours. With T_0 = 40, mu <= 1,415 and k <= 4,096 outputs k h is
below 2^-52, and the last term below 4,096 * 2 exp(-800) < 10^-340: epsilon is raised and delta
shortened by more than that.

    >>> gaussian_epsilon(RHO_UNIT // 2, Fraction(1, 10**6))
    Decimal('4.886554117463')
    >>> gaussian_rho_units(Fraction(1), Fraction(1, 10**6))
    28014481912
"""

from __future__ import annotations

from decimal import ROUND_FLOOR, Context, Decimal
from fractions import Fraction
from functools import lru_cache

from crypto.accounting import (
    LARGEST_RHO_UNITS,
    RHO_UNIT,
    check_delta,
    check_epsilon,
    check_rho,
    epsilon_for_rho,
)

_DIGITS = Context(prec=60, Emax=1_000_000, Emin=-1_000_000)
_DOWNWARDS = Context(prec=60, rounding=ROUND_FLOOR, Emax=1_000_000, Emin=-1_000_000)
_EPSILON_UNITS = 10**12
"""Epsilon is told in units of 10^-12."""
_PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494459")
# What discrete noise may add, and what some hundred roundings of 10^-60 may have taken from delta.
_DISCRETE_EPSILON = Decimal("1e-15")
_DISCRETE_DELTA = Decimal("1e-15")
_ROUNDING_DELTA = Decimal("1e-30")
_LARGEST_SERIES = Decimal(6)
_CONVERGED = Decimal("1e-58")
_FRACTION_TERMS = 120


def gaussian_epsilon(rho_units: int, delta: Fraction) -> Decimal:
    """The epsilon that holds with `delta` for Gaussian noise alone, rounded up to 12 places.

    Raises:
        ParameterError: a negative rho or one above 10^6, or delta outside [10^-60, 1).
    """
    check_rho(rho_units)
    check_delta(delta)
    return _epsilon(rho_units, delta)


def gaussian_rho_units(epsilon: Fraction, delta: Fraction) -> int:
    """The largest rho, in units, whose `gaussian_epsilon` is at most `epsilon`.

    Raises:
        ParameterError: epsilon outside (0, 1000], or delta outside [10^-60, 1).
    """
    check_epsilon(epsilon)
    check_delta(delta)
    units = epsilon.numerator * _EPSILON_UNITS // epsilon.denominator
    return _rho(units, delta)


@lru_cache(maxsize=4_096)
def _epsilon(rho_units: int, delta: Fraction) -> Decimal:
    # The zCDP formula gives an epsilon that holds; the least one is found by halving below it.
    within = _in_units(epsilon_for_rho(rho_units, delta))
    below = -1
    while within - below > 1:
        middle = (within + below) // 2
        if _holds(rho_units, middle, delta):
            within = middle
        else:
            below = middle
    return Decimal(within).scaleb(-12, context=_DIGITS)


def _in_units(epsilon: Decimal) -> int:
    return int(epsilon.scaleb(12, context=_DIGITS))


@lru_cache(maxsize=4_096)
def _rho(epsilon_units: int, delta: Fraction) -> int:
    above = 1
    while above <= LARGEST_RHO_UNITS and _holds(above, epsilon_units, delta):
        above *= 2
    above = min(above, LARGEST_RHO_UNITS + 1)
    within = 0
    while above - within > 1:
        middle = (within + above) // 2
        if _holds(middle, epsilon_units, delta):
            within = middle
        else:
            above = middle
    return within


def _holds(rho_units: int, epsilon_units: int, delta: Fraction) -> bool:
    """Whether the profile at epsilon is at most delta, all allowances made."""
    if rho_units == 0:
        return True
    context = _DIGITS
    mu = context.sqrt(context.divide(Decimal(2 * rho_units), Decimal(RHO_UNIT)))
    epsilon = context.subtract(
        context.divide(Decimal(epsilon_units), Decimal(_EPSILON_UNITS)), _DISCRETE_EPSILON
    )
    least = _DOWNWARDS.divide(Decimal(delta.numerator), Decimal(delta.denominator))
    allowed = _DOWNWARDS.multiply(least, context.subtract(Decimal(1), _DISCRETE_DELTA))
    spent = context.multiply(_profile(epsilon, mu), context.add(Decimal(1), _ROUNDING_DELTA))
    return spent <= allowed


def _profile(epsilon: Decimal, mu: Decimal) -> Decimal:
    """delta(epsilon) of mu-GDP, mu above 0, with a relative error far below 10^-30."""
    context = _DIGITS
    ratio, half = context.divide(epsilon, mu), context.divide(mu, Decimal(2))
    low, high = context.subtract(ratio, half), context.add(ratio, half)
    density = _density(low)
    if low >= 0:
        difference = context.subtract(_mills(low), _mills(high))
        return context.multiply(density, difference)
    # Q(a) = 1 - Q(-a): at least one half, so nothing cancels; b > |a| as epsilon >= 0.
    tail = context.subtract(Decimal(1), context.multiply(density, _mills(context.minus(low))))
    return context.subtract(tail, context.multiply(density, _mills(high)))


def _density(x: Decimal) -> Decimal:
    context = _DIGITS
    exponent = context.divide(context.multiply(x, x), Decimal(-2))
    root = context.sqrt(context.multiply(Decimal(2), _PI))
    return context.divide(context.exp(exponent), root)


def _mills(x: Decimal) -> Decimal:
    """Q(x) / phi(x) for x >= 0."""
    return _mills_by_series(x) if x <= _LARGEST_SERIES else _mills_by_fraction(x)


def _mills_by_series(x: Decimal) -> Decimal:
    """1 / (2 phi(x)) - sum of x^(2k+1) / (2k+1)!!: eight digits cancel at x = 6."""
    context = _DIGITS
    square = context.multiply(x, x)
    half = context.divide(Decimal("0.5"), _density(x))
    term, total, odd = x, Decimal(0), 1
    while term > _CONVERGED:
        total = context.add(total, term)
        odd += 2
        term = context.divide(context.multiply(term, square), Decimal(odd))
    return context.subtract(half, total)


def _mills_by_fraction(x: Decimal) -> Decimal:
    """Laplace's continued fraction 1/(x + 1/(x + 2/(x + 3/...))), from its end."""
    context = _DIGITS
    value = x
    for numerator in range(_FRACTION_TERMS, 0, -1):
        value = context.add(x, context.divide(Decimal(numerator), value))
    return context.divide(Decimal(1), value)
