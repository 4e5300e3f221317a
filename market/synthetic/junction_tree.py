"""Which pairs of columns a model keeps: the most dependent ones, as long as it stays small.

A graphical model is computed exactly along a junction tree of its graph, whose largest tables are
the model's cost. A spanning tree would be cheapest, but drops most of what predicts a column from
several others; so pairs are added greedily, the most dependent first, up to a limit of cells.

A pair's dependence is how far its counts are from those of two independent columns, less what
noise alone is expected to make of that; a pair below 0 is no more than noise. Where a target is
named, its own pairs come first: a column that predicts a rare level well is not far from
independent of it by this measure.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from market.synthetic.marginals import Marginal, Marginals, distance

MOST_CELLS = 200_000
"""In all tables of the junction tree: a fit of seconds, and memory of a few of them."""

MOST_PAIRS = 64
"""Each is a factor of the program that is compiled for a fit, for half a second and more."""

Graph = NDArray[np.bool_]
"""Which columns are joined: symmetric, without loops."""


@dataclass(frozen=True, slots=True)
class Clique:
    """A column as it is eliminated, and the columns it is then joined with."""

    column: int
    neighbours: tuple[int, ...]

    @property
    def columns(self) -> frozenset[int]:
        return frozenset((self.column, *self.neighbours))


def dependence(pair: Marginal, rows: float) -> float:
    """How far a pair is from independence, beyond its noise, as total variation distance."""
    shares = pair.shares
    product = shares.sum(axis=1, keepdims=True) * shares.sum(axis=0, keepdims=True)
    return distance(shares, product) - pair.noise_distance(rows)


def chosen_cliques(marginals: Marginals, most_cells: int = MOST_CELLS) -> tuple[Clique, ...]:
    """The graph's columns in an order of elimination.

    Every column's neighbours are eliminated after it: in the opposite order they are its parents.
    """
    sizes = marginals.sizes
    graph = np.zeros((len(sizes), len(sizes)), dtype=bool)
    best = eliminated(graph, sizes)
    for columns in _by_dependence(marginals):
        inside = pairs_inside(best)
        if len(inside) >= MOST_PAIRS:
            break
        if columns in inside:
            continue
        tried = graph.copy()
        tried[columns] = tried[columns[::-1]] = True
        cliques = eliminated(tried, sizes)
        if _cells(cliques, sizes) <= most_cells:
            graph, best = tried, cliques
    return best


def pairs_inside(cliques: tuple[Clique, ...]) -> frozenset[tuple[int, ...]]:
    """The pairs of columns, ascending, that have a table of the junction tree in common."""
    return frozenset(pair for clique in cliques for pair in combinations(sorted(clique.columns), 2))


def eliminated(graph: Graph, sizes: tuple[int, ...]) -> tuple[Clique, ...]:
    """Eliminate every column, that of the smallest table first; its neighbours become joined."""
    return tuple(_eliminated(graph.copy(), np.log(sizes)))


def _by_dependence(marginals: Marginals) -> list[tuple[int, ...]]:
    """The dependent pairs, those of the target first."""
    rows = marginals.rows
    ranked = sorted(
        (marginals.target not in pair.columns, -dependence(pair, rows), pair.columns)
        for pair in marginals.pairs
    )
    return [columns for _, independence, columns in ranked if independence < 0]


def _eliminated(graph: Graph, log_sizes: NDArray[np.float64]) -> Iterator[Clique]:
    costs = np.zeros(len(graph))
    left = np.ones(len(graph), dtype=bool)
    for _ in range(len(graph)):
        costs = np.where(left, graph @ log_sizes + log_sizes, math.inf)
        column = int(np.argmin(costs))
        neighbours = np.flatnonzero(graph[column])
        graph[np.ix_(neighbours, neighbours)] = True
        graph[neighbours, neighbours] = False
        graph[column, :] = graph[:, column] = left[column] = False
        yield Clique(column, tuple(map(int, neighbours)))


def _cells(cliques: tuple[Clique, ...], sizes: tuple[int, ...]) -> int:
    """In the tables that no other contains."""
    found: list[frozenset[int]] = []
    for clique in cliques:
        if not any(clique.columns <= larger for larger in found):
            found.append(clique.columns)
    return sum(math.prod(sizes[column] for column in columns) for columns in found)
