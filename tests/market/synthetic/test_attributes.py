"""Cells become values of the owner's types again."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from market.synthetic.attributes import Bins, Levels, Truth, values_of

EDGES = st.lists(st.integers(-(10**6), 10**6), min_size=2, max_size=9, unique=True).map(
    lambda edges: tuple(str(edge / 8) for edge in sorted(edges))
)


@given(EDGES, st.integers(0, 100))
def test_a_number_lies_in_its_bin(edges: tuple[str, ...], seed: int) -> None:
    generator = np.random.default_rng(seed)
    bins = Bins("visits", edges)
    codes = generator.integers(0, len(bins.cells), 500)
    values = bins.values(codes, generator)
    assert np.array_equal(
        np.searchsorted(np.array(list(map(float, edges))), values, side="right") - 1, codes
    )


def test_numbers_are_spread_evenly_over_their_bin() -> None:
    values = Bins("visits", ("0", "10")).values(
        np.zeros(10_000, dtype=np.int64), np.random.default_rng(1)
    )
    assert np.abs(np.quantile(values, [0.1, 0.5, 0.9]) - [1, 5, 9]).max() < 0.3


def test_columns_have_the_owners_names_and_types() -> None:
    attributes = (Levels("health", ("good", "OTHER")), Truth("child"), Bins("age", ("0", "1")))
    codes = np.array([[0, 1, 0], [1, 0, 0]])
    table = values_of(attributes, codes, np.random.default_rng(1))
    assert list(table) == ["health", "child", "age"]
    assert list(table["health"]) == ["good", "OTHER"]
    assert list(table["child"]) == [True, False]
    assert table["child"].dtype == np.bool_
    assert table["age"].dtype == np.float64
