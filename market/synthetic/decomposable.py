"""A model written as one conditional table for each column, and how rows are drawn from it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from market.synthetic.attributes import Codes
from market.synthetic.marginals import Counts, Marginals


@dataclass(frozen=True, slots=True, eq=False)
class Conditional:
    """How a column's cells are spread, for each combination of its parents' cells.

    `table` has one axis for each parent, in their order, and the column's own last; only the
    proportions along the last axis count.
    """

    column: int
    parents: tuple[int, ...]
    table: Counts


@dataclass(frozen=True, slots=True, eq=False)
class Decomposable:
    """A whole table's distribution: parents come before their children, each column once.

    Raises:
        ValueError: they do not.
    """

    conditionals: tuple[Conditional, ...]

    def __post_init__(self) -> None:
        columns = [each.column for each in self.conditionals]
        known = accumulate(columns, lambda seen, column: seen | {column}, initial=set[int]())
        for each, before in zip(self.conditionals, known, strict=False):
            if not before.issuperset(each.parents):
                raise ValueError(f"column {each.column}: a parent among {each.parents} comes later")
        if sorted(columns) != list(range(len(columns))):
            raise ValueError(f"columns are {columns}, expected each once")

    def draw(self, rows: int, generator: np.random.Generator) -> Codes:
        """So many rows, shape (rows, columns).

        Rows are stratified, not drawn one by one: in every group of rows with the same parents each
        cell gets its share, rounded up or down, so that drawing adds next to no noise of its own.
        """
        codes = np.zeros((rows, len(self.conditionals)), dtype=np.int64)
        for each in self.conditionals:
            groups = _groups(codes, each)
            codes[:, each.column] = _stratified(each.table, groups, generator)
        return codes


def independent(marginals: Marginals, _generator: np.random.Generator) -> Decomposable:
    """Every column for itself, as if no two had to do with each other: what others must beat."""
    return Decomposable(
        tuple(
            Conditional(place, (), marginals.best_shares(place))
            for place in range(len(marginals.attributes))
        )
    )


def _groups(codes: Codes, each: Conditional) -> NDArray[np.int64]:
    """Which combination of the parents' cells each row has, as a position in the table."""
    if not each.parents:
        return np.zeros(len(codes), dtype=np.int64)
    parents = [codes[:, parent] for parent in each.parents]
    return np.asarray(np.ravel_multi_index(parents, each.table.shape[:-1]), dtype=np.int64)


def _stratified(table: Counts, groups: NDArray[np.int64], generator: np.random.Generator) -> Codes:
    """A cell for each row: the rows of a group, in random order, share out its distribution."""
    size = table.shape[-1]
    weights = np.maximum(table.reshape(-1, size), 0.0)
    totals = weights.sum(axis=1)
    # Rounding may have met parents that the model gives no rows: then the column's own spread.
    weights[totals <= 0] = weights.sum(axis=0) if totals.sum() > 0 else 1.0
    cumulative = np.cumsum(weights, axis=1)
    cumulative /= cumulative[:, -1:]
    order = np.lexsort((generator.random(len(groups)), groups))
    counts = np.bincount(groups, minlength=len(weights))
    starts = np.cumsum(counts) - counts
    ranks = np.arange(len(groups)) - starts[groups[order]]
    # One offset for each group: a share of 2.3 rows is 2 or 3 of them, never 1 or 4.
    offsets = generator.random(len(weights))[groups[order]]
    points = (ranks + offsets) / counts[groups[order]]
    codes = np.empty(len(groups), dtype=np.int64)
    codes[order] = (cumulative[groups[order]] <= points[:, None]).sum(axis=1)
    return np.asarray(np.minimum(codes, size - 1), dtype=np.int64)
