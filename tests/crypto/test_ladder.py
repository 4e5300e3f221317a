from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.accounting import RHO_UNIT
from crypto.errors import ParameterError
from crypto.flooding import floor_squared
from crypto.ladder import (
    HIGHEST,
    HIGHEST_DERIVED,
    LOWEST,
    Ladder,
    ladder_of_id,
    rho_of_rung,
    rung_within,
)
from crypto.laplace_mixture import weight_bounds

rungs = st.integers(LOWEST, HIGHEST)
ladders = st.builds(
    Ladder, st.sampled_from(["gaussian", "laplace"]), st.integers(1, 2**120), st.just(0)
)


def test_eight_rungs_double_rho_and_rung_0_is_one_half() -> None:
    assert rho_of_rung(0) == RHO_UNIT // 2
    for rung in range(LOWEST + 8, HIGHEST + 1):
        assert 0 <= rho_of_rung(rung) - 2 * rho_of_rung(rung - 8) <= 1


@given(st.integers(0, 2**60))
def test_rung_within_is_the_highest_that_costs_no_more(rho_units: int) -> None:
    rung = rung_within(rho_units)
    if rung is None:
        assert rho_units < rho_of_rung(LOWEST)
        return
    assert rho_of_rung(rung) <= rho_units
    assert rung == HIGHEST or rho_of_rung(rung + 1) > rho_units


@given(ladders, rungs)
def test_scale_of_a_rung_costs_what_the_rung_does_and_hardly_less(
    ladder: Ladder, rung: int
) -> None:
    rung = min(rung, ladder.highest)
    squared, rho = ladder.scale_squared(rung), rho_of_rung(rung)
    assert ladder.reach**2 * RHO_UNIT <= 2 * rho * squared
    below = math.isqrt(squared) - 1 if ladder.law == "laplace" else 0
    narrower = below**2 if ladder.law == "laplace" else squared - 1
    assert ladder.reach**2 * RHO_UNIT > 2 * rho * narrower


@given(ladders, rungs)
def test_lower_rungs_have_wider_noise(ladder: Ladder, rung: int) -> None:
    rung = min(rung, ladder.highest)
    if rung > LOWEST:
        assert ladder.scale_squared(rung - 1) >= ladder.scale_squared(rung)


@given(st.integers(1, 2**30), st.integers(2**45, 2**60))
def test_noise_of_every_rung_floods_the_engines_error(bound: int, reach: int) -> None:
    ladder = Ladder("gaussian", reach, bound)
    assert ladder.scale_squared(ladder.highest) >= floor_squared(bound)
    if ladder.highest < HIGHEST_DERIVED:
        assert reach**2 * RHO_UNIT < 2 * rho_of_rung(ladder.highest + 1) * floor_squared(bound)


def test_ladder_whose_noise_never_floods_is_refused() -> None:
    with pytest.raises(ParameterError, match="the widest noise"):
        _ = Ladder("gaussian", 1, 2**60).highest


@pytest.mark.parametrize("text", ["gaussian/1", "uniform/1/0", "gaussian/x/0", "gaussian/0/0"])
def test_id_that_names_no_ladder_is_refused(text: str) -> None:
    with pytest.raises(ParameterError):
        ladder_of_id(text)


@given(ladders)
def test_id_names_its_ladder(ladder: Ladder) -> None:
    assert ladder_of_id(ladder.id) == ladder


@pytest.mark.parametrize("rung", [LOWEST - 1, HIGHEST + 1])
def test_rung_that_there_is_not_is_refused(rung: int) -> None:
    with pytest.raises(ParameterError, match="rung is"):
        rho_of_rung(rung)


@given(st.integers(1, 2**100), st.integers(0, 2**100), st.sampled_from([64, 128, 192]))
def test_bounds_of_a_mixtures_weight_are_close_and_ordered(
    narrow: int, more: int, bits: int
) -> None:
    low, high = weight_bounds(narrow, narrow + more, bits)
    assert 0 <= low <= high <= (1 << bits) + 1
    assert high - low <= 2
    finer_low, finer_high = weight_bounds(narrow, narrow + more, bits + 64)
    # The finer bounds lie within the coarser ones, but for what those were rounded by.
    assert (low - 1) << 64 <= finer_low
    assert finer_high <= (high + 1) << 64


@pytest.mark.parametrize(("narrow", "wide"), [(1, 1), (1, 2), (2, 3), (5, 40), (1, 1_000)])
def test_weight_is_what_the_laws_ask_for(narrow: int, wide: int) -> None:
    p, q = math.exp(-1 / narrow), math.exp(-1 / wide)
    low, high = weight_bounds(narrow, wide, 40)
    weight = (1 - q) ** 2 * p / ((1 - p) ** 2 * q)
    assert low / 2**40 - 1e-11 <= weight <= high / 2**40 + 1e-11
