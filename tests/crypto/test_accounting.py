from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import opendp.prelude as dp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from crypto.accounting import RHO_UNIT, epsilon_for_rho, rho_for_epsilon
from crypto.errors import ParameterError

dp.enable_features("contrib")

MICRO = Fraction(1, 10**6)
deltas = st.integers(min_value=1, max_value=30).map(lambda digits: Fraction(1, 10**digits))


def units(rho: float) -> int:
    return round(rho * RHO_UNIT)


@pytest.mark.parametrize(
    ("rho", "epsilon"),
    [
        (0.0001, ".054"),
        (0.001, ".18"),
        (0.01, ".62"),
        (0.05, "1.47"),
        (0.1, "2.14"),
        (0.25, "3.54"),
        (0.5, "5.22"),
        (1, "7.77"),
    ],
)
def test_published_table_at_delta_1e_6(rho: float, epsilon: str) -> None:
    # The table holds two or three figures; ours are its figures before rounding.
    expected = Decimal(epsilon)
    quantum = Decimal(1).scaleb(int(expected.as_tuple().exponent))
    assert epsilon_for_rho(units(rho), MICRO).quantize(quantum) == expected


@pytest.mark.parametrize("rho", [1e-4, 1e-3, 0.01, 0.1, 0.5, 1.0, 5.0])
@pytest.mark.parametrize("digits", [3, 6, 9, 12])
def test_conversion_is_opendp_s(rho: float, digits: int) -> None:
    space = dp.vector_domain(dp.atom_domain(T=dp.i64)), dp.l2_distance(T=float)
    gaussian = dp.m.make_gaussian(*space, scale=(1 / (2 * rho)) ** 0.5)
    fixed = dp.c.make_fix_delta(dp.c.make_zCDP_to_approxDP(gaussian), 10.0**-digits)
    theirs = fixed.map(1.0)[0]
    ours = float(epsilon_for_rho(units(rho), Fraction(1, 10**digits)))
    assert ours == pytest.approx(theirs, rel=1e-4)
    assert ours <= theirs + 1e-9


def log_delta(epsilon: float, rho: float) -> float:
    """Proposition 12 of Canonne, Kamath and Steinke as it stands there, minimised over alpha."""

    def at(log_excess: float) -> float:
        x = math.exp(log_excess)
        alpha = 1 + x
        return x * (alpha * rho - epsilon) - math.log(x) + alpha * (math.log(x) - math.log1p(x))

    return float(minimize_scalar(at, bounds=(-25, 25), method="bounded").fun)


@settings(max_examples=60)
@given(st.integers(min_value=10**8, max_value=10**13), deltas)
def test_epsilon_is_sound_and_tight_against_a_float_optimiser(rho: int, delta: Fraction) -> None:
    epsilon = float(epsilon_for_rho(rho, delta))
    promised = math.log(delta)
    assert log_delta(epsilon, rho / RHO_UNIT) <= promised + 1e-6
    if epsilon > 0:
        assert log_delta(epsilon * 0.999, rho / RHO_UNIT) > promised


@settings(max_examples=60)
@given(st.integers(min_value=1, max_value=10**14), deltas)
def test_epsilon_grows_with_rho_and_shrinks_with_delta(rho: int, delta: Fraction) -> None:
    here = epsilon_for_rho(rho, delta)
    assert epsilon_for_rho(rho - 1, delta) <= here <= epsilon_for_rho(rho + 1, delta)
    assert epsilon_for_rho(rho, delta / 2) >= here


@settings(max_examples=40)
@given(st.integers(min_value=1, max_value=10**6), deltas)
def test_rho_is_the_largest_that_keeps_epsilon(millionths: int, delta: Fraction) -> None:
    epsilon = Fraction(millionths, 10**5)
    rho = rho_for_epsilon(epsilon, delta)
    assert Fraction(epsilon_for_rho(rho, delta)) <= epsilon
    assert Fraction(epsilon_for_rho(rho + 1, delta)) > epsilon


def test_epsilon_is_rounded_up_in_its_last_digit() -> None:
    exact = Decimal("5.2215344445301690442209")  # rho = 1/2, delta = 10^-6, by a ternary search
    shown = epsilon_for_rho(units(0.5), MICRO)
    assert exact < shown < exact + Decimal("1e-12")


def test_no_rho_costs_nothing() -> None:
    assert epsilon_for_rho(0, MICRO) == 0


@pytest.mark.parametrize("delta", [Fraction(0), Fraction(1), Fraction(-1, 10), Fraction(1, 10**61)])
def test_delta_outside_its_range_is_refused(delta: Fraction) -> None:
    with pytest.raises(ParameterError, match="delta"):
        epsilon_for_rho(1, delta)
    with pytest.raises(ParameterError, match="delta"):
        rho_for_epsilon(Fraction(1), delta)


def test_epsilon_and_rho_outside_their_ranges_are_refused() -> None:
    for epsilon in (Fraction(0), Fraction(-1), Fraction(1_001)):
        with pytest.raises(ParameterError, match="epsilon"):
            rho_for_epsilon(epsilon, MICRO)
    for rho in (-1, 10**18 + 1):
        with pytest.raises(ParameterError, match="rho"):
            epsilon_for_rho(rho, MICRO)
