"""The second method: multiplicative weights over a sample of possible rows.

Hardt, Ligett, McSherry: A simple and practical algorithm for differentially private data release
(NIPS 2012), with two changes. The counts are already noised, so choosing the worst of them costs
nothing and is done outright, several a round. And weights are kept of a sample of rows that the
single columns make likely (as Liu et al., ICML 2021, do with public rows), not of every possible
row, of which there are too many to write down.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from market.synthetic.attributes import Codes
from market.synthetic.decomposable import independent
from market.synthetic.marginals import Counts, Marginal, Marginals

_MOST_ROWS = 300_000
_FEWEST_ROWS = 50_000
_MOST_COUNTED = 15_000_000
"""Rows, times the pairs of columns counted over them in a round."""

_ROUNDS = 80
_UPDATED = 10
"""In a round, one of so many pairs: the worst ones."""


@dataclass(frozen=True, slots=True, eq=False)
class WeightedRows:
    """Rows, shape (rows, columns), each as often as its weight says."""

    codes: Codes
    weights: Counts

    def draw(self, rows: int, generator: np.random.Generator) -> Codes:
        """So many of them: each as often as its share of the weight, rounded up or down."""
        cumulative = np.cumsum(self.weights)
        points = (np.arange(rows) + generator.random()) / rows * cumulative[-1]
        chosen = np.searchsorted(cumulative, points, side="right")
        return self.codes[generator.permutation(np.minimum(chosen, len(self.codes) - 1))]


def mwem(marginals: Marginals, generator: np.random.Generator) -> WeightedRows:
    """Weights under which the sample has the counts of all pairs, as near as their noise allows."""
    fair = _MOST_COUNTED // max(len(marginals.pairs), 1)
    sampled = min(_MOST_ROWS, max(_FEWEST_ROWS, fair))
    # A pair reads two columns: each lies in one piece, which is nearly four times as fast.
    codes = np.asfortranarray(independent(marginals, generator).draw(sampled, generator))
    weights = np.full(sampled, marginals.rows / sampled)
    updated = max(1, len(marginals.pairs) // _UPDATED)
    for _ in range(_ROUNDS):
        excess = {pair: _excess(pair, _weighted(pair, codes, weights)) for pair in marginals.pairs}
        worst = sorted(marginals.pairs, key=lambda pair: -excess[pair])[:updated]
        beyond_noise = [pair for pair in worst if excess[pair] > 0]
        if not beyond_noise:
            break
        for pair in beyond_noise:
            weights *= _factors(pair, _weighted(pair, codes, weights))[_cells(pair, codes)]
            weights *= marginals.rows / weights.sum()
    return WeightedRows(codes, weights)


def _cells(pair: Marginal, codes: Codes) -> Codes:
    left, right = pair.columns
    return np.asarray(codes[:, left] * pair.counts.shape[1] + codes[:, right], dtype=np.int64)


def _weighted(pair: Marginal, codes: Codes, weights: Counts) -> Counts:
    found = np.bincount(_cells(pair, codes), weights, minlength=pair.counts.size)
    return np.asarray(found, dtype=np.float64).reshape(pair.counts.shape)


def _excess(pair: Marginal, found: Counts) -> float:
    """Rows in the wrong cells, less those that noise alone is expected to put there."""
    noise = float(pair.sd.sum()) * float(np.sqrt(2 / np.pi))
    return float(np.abs(pair.counts - found).sum()) - noise


def _factors(pair: Marginal, found: Counts) -> Counts:
    """What a row's weight is multiplied by, for each of the pair's cells.

    The exponent of a step is the error relative to the count; the noise's sd above and below the
    line keeps cells that are mostly noise from moving far.
    """
    wanted = pair.shares * found.sum()
    ratios: Counts = (wanted + pair.sd) / (found + pair.sd)
    return ratios.ravel()
