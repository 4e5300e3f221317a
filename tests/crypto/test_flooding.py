from __future__ import annotations

from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import ParameterError
from crypto.flooding import CAP_UNITS, KAPPA, flooding_units, floor_squared

bounds = st.integers(min_value=1, max_value=2**120)


@given(bounds, st.integers(min_value=0, max_value=2**200))
def test_cost_is_the_formula_rounded_up(bound: int, more: int) -> None:
    sigma_squared = floor_squared(bound) + more
    exact = Fraction(bound**2, 2 * sigma_squared) * 2**80
    assert flooding_units(bound, sigma_squared) == ceil(exact) >= 1


@given(bounds)
def test_scale_below_the_floor_is_refused(bound: int) -> None:
    with pytest.raises(ParameterError, match="expected at least"):
        flooding_units(bound, floor_squared(bound) - 1)


def test_floor_is_two_to_the_24_bounds_and_512_openings_fit() -> None:
    assert floor_squared(53) == (53 * 2**24) ** 2
    assert CAP_UNITS // flooding_units(53, floor_squared(53)) == 512


def test_cap_is_two_to_the_minus_kappa() -> None:
    assert Fraction(CAP_UNITS, 2**80) == Fraction(1, 2**KAPPA)


@pytest.mark.parametrize("bound", [0, -1])
def test_bound_below_one_unit_is_refused(bound: int) -> None:
    with pytest.raises(ParameterError, match="at least 1"):
        floor_squared(bound)
