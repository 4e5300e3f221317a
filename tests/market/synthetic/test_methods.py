"""Each method on a table that is known: its marginals come back, as near as the noise allows."""

from __future__ import annotations

from itertools import combinations
from typing import get_args

import numpy as np
import pytest
from world.network_table import noised

from market.plan.statistics.synthesize import SynthesisMethod
from market.synthetic.attributes import Attribute, Bins, Levels, Truth
from market.synthetic.marginals import counted, distance, normalised
from market.synthetic.methods import METHODS

ROWS = 20_000
ATTRIBUTES: tuple[Attribute, ...] = (
    Levels("health", ("good", "fair", "poor", "OTHER")),
    Truth("child"),
    Bins("visits", ("0", "1", "4", "20")),
    Truth("plan"),
)
SIZES = (4, 2, 3, 2)


def table(seed: int = 1) -> np.ndarray:
    """Visits and child follow health; plan follows both together; nobody has the last level."""
    generator = np.random.default_rng(seed)
    health = generator.choice(3, ROWS, p=[0.6, 0.3, 0.1])
    child = generator.random(ROWS) < np.array([0.5, 0.2, 0.05])[health]
    visits = np.minimum(health + generator.integers(0, 2, ROWS), 2)
    plan = generator.random(ROWS) < np.where(child, 0.8, 0.1 + 0.3 * visits)
    return np.stack([health, child, visits, plan], axis=1).astype(np.int64)


def pair_distances(rows: np.ndarray, truth: np.ndarray) -> list[float]:
    pairs = list(combinations(range(len(SIZES)), 2))
    return [
        distance(*(normalised(counted(codes, pair, SIZES)) for codes in (rows, truth)))
        for pair in pairs
    ]


def test_methods_are_those_that_a_program_may_name() -> None:
    assert tuple(METHODS) == get_args(SynthesisMethod)


@pytest.mark.parametrize("name", ["junction-tree", "mwem"])
def test_pairs_come_back(name: str) -> None:
    marginals = noised(table(), ATTRIBUTES, 15.0, np.random.default_rng(5))
    generator = np.random.default_rng(6)
    rows = METHODS[name](marginals, generator).draw(ROWS, generator)
    assert rows.shape == (ROWS, len(SIZES))
    assert max(pair_distances(rows, table())) < 0.015


def test_independent_columns_come_back_alone_and_their_pairs_do_not() -> None:
    marginals = noised(table(), ATTRIBUTES, 15.0, np.random.default_rng(5))
    generator = np.random.default_rng(6)
    rows = METHODS["independent"](marginals, generator).draw(ROWS, generator)
    for place in range(len(SIZES)):
        shares = [normalised(counted(codes, (place,), SIZES)) for codes in (rows, table())]
        assert distance(*shares) < 0.005
    assert max(pair_distances(rows, table())) > 0.1


@pytest.mark.parametrize("name", METHODS)
def test_same_seed_gives_the_same_rows_and_another_seed_others(name: str) -> None:
    marginals = noised(table(), ATTRIBUTES, 15.0, np.random.default_rng(5))
    made = []
    for seed in (6, 6, 7):
        generator = np.random.default_rng(seed)
        made.append(METHODS[name](marginals, generator).draw(500, generator))
    assert np.array_equal(made[0], made[1])
    assert not np.array_equal(made[0], made[2])


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("rows", [1, 3, 50_000])
def test_as_many_rows_as_asked_for(name: str, rows: int) -> None:
    marginals = noised(table(), ATTRIBUTES, 15.0, np.random.default_rng(5))
    generator = np.random.default_rng(6)
    codes = METHODS[name](marginals, generator).draw(rows, generator)
    assert codes.shape == (rows, len(SIZES))
    assert (codes >= 0).all()
    assert (codes < np.array(SIZES)).all()


@pytest.mark.parametrize("name", METHODS)
def test_a_column_of_one_value_stays_one(name: str) -> None:
    codes = table()
    codes[:, 0] = 1
    marginals = noised(codes, ATTRIBUTES, 0.01, np.random.default_rng(5))
    generator = np.random.default_rng(6)
    rows = METHODS[name](marginals, generator).draw(2_000, generator)
    assert (rows[:, 0] == 1).mean() > 0.999


@pytest.mark.parametrize("name", METHODS)
def test_counts_of_nothing_but_noise_still_make_rows(name: str) -> None:
    marginals = noised(table()[:2_000], ATTRIBUTES, 2_000.0, np.random.default_rng(8))
    generator = np.random.default_rng(6)
    assert METHODS[name](marginals, generator).draw(100, generator).shape == (100, len(SIZES))


@pytest.mark.parametrize("name", METHODS)
def test_one_column_alone(name: str) -> None:
    marginals = noised(table()[:, :1], ATTRIBUTES[:1], 15.0, np.random.default_rng(5))
    generator = np.random.default_rng(6)
    rows = METHODS[name](marginals, generator).draw(ROWS, generator)
    shares = [normalised(counted(codes, (0,), SIZES)) for codes in (rows, table()[:, :1])]
    assert distance(*shares) < 0.005
