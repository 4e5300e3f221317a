"""The privacy profile: against scipy's normal law, the zCDP formula, and discrete noise summed."""

from __future__ import annotations

import math
from decimal import Context, Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.special import log_ndtr

from crypto.accounting import LARGEST_RHO_UNITS, RHO_UNIT, epsilon_for_rho, rho_for_epsilon
from crypto.errors import ParameterError
from crypto.gaussian_profile import gaussian_epsilon, gaussian_rho_units

MICRO = Fraction(1, 10**6)
deltas = st.integers(min_value=1, max_value=30).map(lambda digits: Fraction(1, 10**digits))


def profile(epsilon: float, mu: float) -> float:
    """Theorem 8 of Balle and Wang in doubles, by scipy's logarithm of the normal law."""
    upper = math.exp(log_ndtr(mu / 2 - epsilon / mu))
    return upper - math.exp(epsilon + log_ndtr(-mu / 2 - epsilon / mu))


@settings(max_examples=60)
@given(st.integers(min_value=10**8, max_value=10**13), st.integers(2, 9))
def test_epsilon_is_the_root_of_the_profile(rho_units: int, digits: int) -> None:
    mu, delta = math.sqrt(2 * rho_units / RHO_UNIT), 10.0**-digits
    ours = float(gaussian_epsilon(rho_units, Fraction(1, 10**digits)))
    if profile(0.0, mu) <= delta:
        assert ours == 0
    else:
        expected = brentq(lambda epsilon: profile(epsilon, mu) - delta, 0, 200, xtol=1e-13)
        assert ours == pytest.approx(expected, rel=1e-6)


@settings(max_examples=60)
@given(st.integers(min_value=1, max_value=LARGEST_RHO_UNITS), deltas)
def test_profile_never_costs_more_than_zcdp(rho_units: int, delta: Fraction) -> None:
    assert 0 <= gaussian_epsilon(rho_units, delta) <= epsilon_for_rho(rho_units, delta)


@settings(max_examples=60)
@given(st.integers(min_value=1, max_value=10**14), deltas)
def test_epsilon_grows_with_rho_and_shrinks_with_delta(rho_units: int, delta: Fraction) -> None:
    here = gaussian_epsilon(rho_units, delta)
    assert gaussian_epsilon(rho_units - 1, delta) <= here <= gaussian_epsilon(rho_units + 1, delta)
    assert gaussian_epsilon(rho_units, delta / 2) >= here


@settings(max_examples=40)
@given(st.integers(min_value=1, max_value=10**6), deltas)
def test_rho_is_the_largest_that_keeps_epsilon(millionths: int, delta: Fraction) -> None:
    epsilon = Fraction(millionths, 10**5)
    rho_units = gaussian_rho_units(epsilon, delta)
    assert Fraction(gaussian_epsilon(rho_units, delta)) <= epsilon
    assert Fraction(gaussian_epsilon(rho_units + 1, delta)) > epsilon
    assert rho_units >= rho_for_epsilon(epsilon, delta)


@pytest.mark.parametrize(
    ("rho", "digits", "ratio"), [("1", 6, 1.066), ("1", 3, 1.119), ("0.0001", 6, 1.0986)]
)
def test_formula_of_zcdp_lies_above_the_profile(rho: str, digits: int, ratio: float) -> None:
    units, delta = int(Fraction(rho) * RHO_UNIT), Fraction(1, 10**digits)
    seen = epsilon_for_rho(units, delta) / gaussian_epsilon(units, delta)
    assert float(seen) == pytest.approx(ratio, abs=0.001)


def hockey_stick(epsilon: float, sigma_squared: float, shift: int) -> float:
    """delta(epsilon) of a discrete Gaussian on the integers moved by `shift`, summed as it is."""
    reach = int(30 * math.sqrt(sigma_squared)) + shift
    weight = {x: math.exp(-x * x / (2 * sigma_squared)) for x in range(-reach, reach + shift + 1)}
    total = sum(weight.values())
    moved = (
        weight[x] - math.exp(epsilon) * weight.get(x + shift, 0.0) for x in range(-reach, reach)
    )
    return sum(max(0.0, one) for one in moved) / total


@settings(max_examples=60)
@given(st.floats(4.0, 400.0), st.integers(1, 30), st.floats(0.0, 6.0))
def test_discrete_noise_costs_what_the_docstring_allows_it(
    sigma_squared: float, shift: int, epsilon: float
) -> None:
    # At scales so small that the allowance shows; the tail beyond T_0 scales is left to rounding.
    mu = shift / math.sqrt(sigma_squared)
    reach = 8 + mu
    factor = reach**2 / (8 * sigma_squared) + 3 * math.exp(-2 * math.pi**2 * sigma_squared)
    allowed = math.exp(factor) * profile(max(epsilon - 2 * factor, 0.0), mu) + 2 * math.exp(-32)
    assert hockey_stick(epsilon, sigma_squared, shift) <= allowed


def test_two_discrete_scales_far_apart_differ_as_their_squares() -> None:
    # What is left of the allowance at 2^41 is far below it: the error falls with sigma squared.
    def excess(sigma: int) -> float:
        return abs(hockey_stick(1.0, sigma**2, sigma) - profile(1.0, 1.0))

    assert excess(64) < excess(8) / 16


def test_caller_s_decimal_context_changes_nothing() -> None:
    expected = gaussian_epsilon(10**11 + 7, MICRO), gaussian_rho_units(Fraction(7, 9), MICRO)
    gaussian_epsilon.__globals__["_epsilon"].cache_clear()
    gaussian_epsilon.__globals__["_rho"].cache_clear()
    with localcontext(Context(prec=5)):
        assert gaussian_epsilon(10**11 + 7, MICRO) == expected[0]
        assert gaussian_rho_units(Fraction(7, 9), MICRO) == expected[1]


def test_epsilon_has_twelve_places_and_no_rho_costs_nothing() -> None:
    assert gaussian_epsilon(0, MICRO) == 0
    assert gaussian_epsilon(RHO_UNIT, MICRO).as_tuple().exponent == -12
    assert isinstance(gaussian_epsilon(RHO_UNIT, MICRO), Decimal)


def test_values_outside_their_ranges_are_refused() -> None:
    for rho_units in (-1, LARGEST_RHO_UNITS + 1):
        with pytest.raises(ParameterError, match="rho"):
            gaussian_epsilon(rho_units, MICRO)
    for delta in (Fraction(0), Fraction(1), Fraction(1, 10**61)):
        with pytest.raises(ParameterError, match="delta"):
            gaussian_epsilon(1, delta)
        with pytest.raises(ParameterError, match="delta"):
            gaussian_rho_units(Fraction(1), delta)
    for epsilon in (Fraction(0), Fraction(1_001)):
        with pytest.raises(ParameterError, match="epsilon"):
            gaussian_rho_units(epsilon, MICRO)
