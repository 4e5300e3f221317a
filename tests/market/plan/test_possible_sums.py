"""The nearest sums that can be: not negative, adding up, and no further from the truth."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from market.plan.possible_sums import Balance, nearest_possible
from market.plan.uncertain import measured

TREE = [Balance(0, (1, 2, 3)), Balance(0, (4, 5)), Balance(3, (6, 7))]
"""A total, its three parts and its two; the third of the three has two of its own."""
LEAVES = st.tuples(*[st.integers(0, 50)] * 4, st.floats(0, 1))
NOISE = st.lists(st.floats(-30, 30), min_size=8, max_size=8)
VARIANCES = st.lists(st.sampled_from((0.25, 1.0, 9.0)), min_size=8, max_size=8)


def tree(leaves: tuple[int, int, int, int, float]) -> list[float]:
    """Sums that can be."""
    one, two, six, seven, part = leaves
    total = one + two + six + seven
    return [total, one, two, six + seven, part * total, (1 - part) * total, six, seven]


def nearest(values: list[float], variances: list[float], balances: list[Balance]) -> list[float]:
    sums = {
        place: measured(value, sd=math.sqrt(variance), source=f"{place}")
        for place, (value, variance) in enumerate(zip(values, variances, strict=True))
    }
    return list(nearest_possible(sums, balances).values())


def agreeing(values: list[float]) -> np.ndarray:
    """The nearest among which the tree's balances hold, whatever their signs."""
    matrix = np.array([[-1, 1, 1, 1, 0, 0, 0, 0], [-1, 0, 0, 0, 1, 1, 0, 0]], dtype=float)
    matrix = np.vstack([matrix, [0, 0, 0, -1, 0, 0, 1, 1]])
    return values - matrix.T @ np.linalg.solve(matrix @ matrix.T, matrix @ values)


def distance(one: list[float], other: list[float], variances: list[float]) -> float:
    return float(np.sum((np.array(one) - np.array(other)) ** 2 / np.array(variances)))


@given(LEAVES, NOISE, VARIANCES)
def test_nearest_is_possible_and_no_further_from_the_truth(
    leaves: tuple[int, int, int, int, float], noise: list[float], variances: list[float]
) -> None:
    truth = tree(leaves)
    noised = list(agreeing(np.array(truth) + np.array(noise)))
    found = nearest(noised, variances, TREE)
    assert min(found) >= 0
    for balance in TREE:
        parts = sum(found[part] for part in balance.parts)
        assert parts == pytest.approx(found[balance.total], abs=1e-5)
    assert distance(found, truth, variances) <= distance(noised, truth, variances) + 1e-3
    assert nearest(found, variances, TREE) == found


@given(
    st.lists(st.floats(-20, 40), min_size=4, max_size=4),
    st.lists(st.sampled_from((0.5, 1.0, 4.0)), min_size=5, max_size=5),
)
def test_nearest_is_what_a_general_solver_finds(parts: list[float], variances: list[float]) -> None:
    values, balance = [sum(parts), *parts], Balance(0, (1, 2, 3, 4))
    found = nearest(values, variances, [balance])
    solved = minimize(
        lambda z: distance(z, values, variances),
        np.maximum(values, 0),
        jac=lambda z: 2 * (z - np.array(values)) / np.array(variances),
        bounds=[(0, None)] * 5,
        constraints={"type": "eq", "fun": lambda z: z[0] - sum(z[1:])},
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 500},
    )
    assert found == pytest.approx(list(solved.x), abs=1e-3)


def test_few_sums_of_unequal_variances_are_followed_to_the_end() -> None:
    """After 200 sweeps parts of a total of 0 would still be 0.06."""
    truth = tree((0, 0, 0, 2, 0.0))
    noise = [-20.26, -14.71, 1.8, -2.85, -2.18, 0.38, -21.06, -1.33]
    noised = list(agreeing(np.array(truth) + np.array(noise)))
    found = nearest(noised, [9.0, 9.0, 9.0, 0.25, 1.0, 0.25, 9.0, 0.25], TREE)
    for balance in TREE:
        parts = sum(found[part] for part in balance.parts)
        assert parts == pytest.approx(found[balance.total], abs=1e-6)


def test_possible_sums_stay_as_they_are() -> None:
    values = [9.0, 4.0, 2.0, 3.0, 9.0, 0.0, 1.0, 2.0]
    assert nearest(values, [1.0] * 8, TREE) == values


def test_sum_that_adds_up_to_nothing_is_0_alone() -> None:
    assert nearest([5.0, -3.0], [1.0, 1.0], []) == [5.0, 0.0]


def test_sums_without_noise_stay_as_they_are() -> None:
    assert nearest([5.0, 5.0, -1e-17], [0.0] * 3, [Balance(0, (1, 2))]) == [5.0, 5.0, 0.0]


def test_total_below_0_leaves_nothing() -> None:
    found = nearest([-6.0, -4.0, -2.0], [1.0] * 3, [Balance(0, (1, 2))])
    assert found == [0.0, 0.0, 0.0]
