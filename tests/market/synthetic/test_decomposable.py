"""Rows drawn from conditional tables: stratified, so that drawing adds no noise of its own."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.synthetic.decomposable import Conditional, Decomposable
from market.synthetic.marginals import counted


@given(
    st.lists(st.floats(0, 1), min_size=2, max_size=6).filter(lambda shares: sum(shares) > 0.01),
    st.integers(1, 400),
    st.integers(0, 1_000),
)
def test_each_cell_has_its_share_rounded_up_or_down(
    shares: list[float], rows: int, seed: int
) -> None:
    model = Decomposable((Conditional(0, (), np.array(shares)),))
    codes = model.draw(rows, np.random.default_rng(seed))
    expected = np.array(shares) / sum(shares) * rows
    found = counted(codes, (0,), (len(shares),))
    assert (np.abs(found - expected) < 1 + 1e-6).all()


@given(st.integers(0, 1_000))
def test_within_each_group_of_parents_too(seed: int) -> None:
    generator = np.random.default_rng(seed)
    parent, child = generator.random(3), generator.random((3, 4))
    model = Decomposable((Conditional(1, (), parent), Conditional(0, (1,), child)))
    codes = model.draw(500, generator)
    for group in range(3):
        rows = codes[codes[:, 1] == group]
        expected = child[group] / child[group].sum() * len(rows)
        assert (np.abs(counted(rows, (0,), (4,)) - expected) < 1 + 1e-6).all()


def test_children_of_one_parent_are_independent_within_its_groups() -> None:
    """Ranks that two columns shared would tie them to each other."""
    half = np.full((1, 2), 0.5)
    model = Decomposable(
        (Conditional(0, (), np.ones(1)), Conditional(1, (0,), half), Conditional(2, (0,), half))
    )
    codes = model.draw(40_000, np.random.default_rng(1))
    assert abs(np.corrcoef(codes[:, 1], codes[:, 2])[0, 1]) < 0.02


def test_parents_without_rows_in_the_model_fall_back_on_the_columns_own_spread() -> None:
    table = np.array([[0.0, 0.0], [1.0, 3.0]])
    model = Decomposable((Conditional(0, (), np.array([1.0, 1.0])), Conditional(1, (0,), table)))
    codes = model.draw(800, np.random.default_rng(1))
    without = codes[codes[:, 0] == 0]
    assert abs(without[:, 1].mean() - 0.75) < 0.01


def test_a_parent_that_comes_later_is_refused() -> None:
    with pytest.raises(ValueError, match="comes later"):
        Decomposable((Conditional(0, (1,), np.ones((2, 2))), Conditional(1, (), np.ones(2))))


def test_a_column_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="each once"):
        Decomposable((Conditional(0, (), np.ones(2)), Conditional(0, (), np.ones(2))))
