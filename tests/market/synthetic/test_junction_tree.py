"""Pairs of columns a model keeps: the dependent ones, the target's first, within its limit."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from world.network_table import ATTRIBUTES, SIZES, TARGET, network_table, noised

from market.synthetic.junction_tree import (
    chosen_cliques,
    dependence,
    eliminated,
    pairs_inside,
)

ROWS = 20_000


@st.composite
def graphs(draw: st.DrawFn) -> tuple[np.ndarray, tuple[int, ...]]:
    columns = draw(st.integers(1, 9))
    graph = np.zeros((columns, columns), dtype=bool)
    for left, right in combinations(range(columns), 2):
        graph[left, right] = graph[right, left] = draw(st.booleans())
    sizes = draw(st.lists(st.integers(2, 9), min_size=columns, max_size=columns))
    return graph, tuple(sizes)


@given(graphs())
def test_elimination_holds_every_edge_and_conditions_on_what_comes_later(
    drawn: tuple[np.ndarray, tuple[int, ...]],
) -> None:
    graph, sizes = drawn
    cliques = eliminated(graph, sizes)
    order = [clique.column for clique in cliques]
    assert sorted(order) == list(range(len(sizes)))
    inside = pairs_inside(cliques)
    assert {pair for pair in combinations(range(len(sizes)), 2) if graph[pair]} <= inside
    for place, clique in enumerate(cliques):
        assert set(clique.neighbours) <= set(order[place + 1 :])


@given(graphs())
def test_neighbours_of_a_column_lie_in_one_later_clique(
    drawn: tuple[np.ndarray, tuple[int, ...]],
) -> None:
    """The running intersection: else the product of conditionals is not the model."""
    cliques = eliminated(*drawn)
    for place, clique in enumerate(cliques):
        later = [each.columns for each in cliques[place + 1 :]]
        assert not clique.neighbours or any(set(clique.neighbours) <= columns for columns in later)


def test_independent_columns_are_not_joined() -> None:
    generator = np.random.default_rng(2)
    codes = np.stack([generator.integers(0, size, ROWS) for size in SIZES], axis=1)
    marginals = noised(codes, ATTRIBUTES, 30.0, generator)
    beyond_noise = sum(dependence(pair, marginals.rows) > 0.02 for pair in marginals.pairs)
    assert beyond_noise == 0


def test_noise_hides_dependence_and_makes_up_none() -> None:
    codes = network_table(ROWS)
    exact = noised(codes, ATTRIBUTES, 1e-9, np.random.default_rng(3))
    rough = noised(codes, ATTRIBUTES, 30.0, np.random.default_rng(3))
    for one, other in zip(exact.pairs, rough.pairs, strict=True):
        assert dependence(other, ROWS) < dependence(one, ROWS) + 0.02
    strongest = max(exact.pairs, key=lambda pair: dependence(pair, ROWS))
    assert dependence(rough.pairs[exact.pairs.index(strongest)], ROWS) > 0.2


def test_limit_of_cells_holds_and_every_predictor_of_the_target_is_joined_with_it() -> None:
    marginals = noised(network_table(ROWS), ATTRIBUTES, 5.0, np.random.default_rng(4), TARGET)
    for most in (3_000, 50_000):
        cliques = chosen_cliques(marginals, most)
        tables = {clique.columns for clique in cliques}
        largest = [one for one in tables if not any(one < other for other in tables)]
        assert sum(math.prod(SIZES[place] for place in one) for one in largest) <= most
    joined = pairs_inside(chosen_cliques(marginals))
    for pair in marginals.pairs:
        if TARGET in pair.columns and dependence(pair, marginals.rows) > 0:
            assert pair.columns in joined


def test_a_larger_limit_keeps_more_pairs() -> None:
    marginals = noised(network_table(ROWS), ATTRIBUTES, 5.0, np.random.default_rng(4))
    few, many = (pairs_inside(chosen_cliques(marginals, most)) for most in (3_000, 200_000))
    assert len(few) < len(many)
