"""The least shares that meet every error, against a search over a grid and a general optimiser."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from market.pricing.division import GAP, Division, least_shares


@st.composite
def divisions(draw: st.DrawFn, most_statistics: int = 3) -> Division:
    families = "abcd"[: draw(st.integers(1, 4))]
    some = st.sets(st.sampled_from(families), min_size=1).map(sorted).map(tuple)
    uses = draw(st.lists(some, min_size=1, max_size=most_statistics))
    used = sorted({family for one in uses for family in one})
    need = st.dictionaries(
        st.sampled_from(used), st.floats(1e-12, 1e6), min_size=1, max_size=len(used)
    )
    needs = draw(st.lists(need, min_size=1, max_size=5))
    return Division(tuple(uses), tuple(needs), draw(st.sampled_from((1, 2))))


def sum_needed(division: Division, mixture: tuple[float, ...]) -> float:
    """Of shares in these proportions: errors of all shrink alike as the sum grows."""
    return max(division.reached(mixture)) ** (1 / division.power)


@settings(max_examples=80)
@given(divisions())
def test_no_mixture_on_a_grid_needs_less(division: Division) -> None:
    found = least_shares(division)
    assert max(division.reached(found)) <= 1
    count, steps = len(division.uses), 24
    for parts in itertools.product(range(1, steps), repeat=count - 1):
        last = steps - sum(parts)
        if last >= 1:
            mixture = tuple(part / steps for part in (*parts, last))
            assert math.fsum(found) <= sum_needed(division, mixture) * (1 + 2 * GAP)


@settings(max_examples=30)
@given(divisions(most_statistics=6))
def test_general_optimiser_finds_nothing_less(division: Division) -> None:
    found = least_shares(division)
    total = math.fsum(found)

    def needed(logs: list[float]) -> float:
        weights = [math.exp(one) for one in logs]
        return math.log(sum_needed(division, tuple(w / math.fsum(weights) for w in weights)))

    start = [math.log(share) for share in found]
    theirs = minimize(needed, start, method="Nelder-Mead", options={"maxiter": 400})
    assert math.log(total) <= theirs.fun + 1e-5


def test_two_statistics_of_a_family_each_get_the_square_root_of_their_need() -> None:
    # s1 = 4 and s2 = 9 are the least for 4 / s1 <= 1 and 9 / s2 <= 1.
    found = least_shares(Division((("a",), ("b",)), ({"a": 4.0}, {"b": 9.0}), 1))
    assert found == pytest.approx([4, 9], rel=1e-5)


def test_sum_of_two_families_is_divided_by_roots() -> None:
    # 1 / x + 16 / y <= 1 of least x + y: x = 1 * (1 + 4), y = 4 * (1 + 4).
    found = least_shares(Division((("a",), ("b",)), ({"a": 1.0, "b": 16.0},), 1))
    assert found == pytest.approx([5, 20], rel=1e-3)
    assert math.fsum(found) == pytest.approx(25, rel=1e-5)


def test_statistic_without_an_error_gets_all_but_nothing() -> None:
    found = least_shares(Division((("a",), ("b",)), ({"a": 4.0},), 1))
    assert found[1] < 1e-4 * found[0]


def test_error_without_noise_is_refused() -> None:
    with pytest.raises(ValueError, match="no error depends on the noise"):
        least_shares(Division((("a",),), ({},), 1))


def test_many_statistics_of_one_count_are_divided() -> None:
    uses = tuple(("n", f"x{i}") for i in range(1, 41))
    needs = tuple({"n": 0.1 * i, f"x{i}": float(i)} for i in range(1, 41))
    division = Division(uses, needs, 1)
    found = least_shares(division)
    assert max(division.reached(found)) <= 1
    even = sum_needed(division, (1 / 40,) * 40)
    assert math.fsum(found) < even
