"""What a model learns from synthetic rows, and how it would do on the data behind the counts.

A logistic regression is trained on four fifths of the rows to predict each level of the target.
On the fifth it has not seen, its score has an area under the curve. On the real rows, which nobody
here sees, the same score's correlation with the target is a function of the opened counts alone (a
score is a sum over columns, so its square and its product with the target are sums over pairs): it
is given with its error. Where both correlations agree, what was learned holds for the data too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from market.plan.uncertain import Uncertain, measured, weighted_sum
from market.synthetic.attributes import Codes
from market.synthetic.marginals import Marginal, Marginals

Matrix = NDArray[np.float64]

_MOST_ROWS = 60_000
_RIDGE = 1.0
_MOST_STEPS = 25
_SMALL_STEP = 1e-6


@dataclass(frozen=True, slots=True)
class Learned:
    """How well one level of the target is predicted by the other columns.

    Attributes:
        auc: on synthetic rows that were not learned from; None where all or none have the level.
        synthetic: correlation of the score with the level there.
        opened: the same in the data, by the opened counts; None where noise left no spread.
    """

    level: str
    auc: float | None
    synthetic: float | None
    opened: Uncertain | None


def learned(
    marginals: Marginals, codes: Codes, target: int, generator: np.random.Generator
) -> tuple[Learned, ...]:
    """For each level of the target; of a boolean one, for `true` alone."""
    rows = codes[generator.permutation(len(codes))[:_MOST_ROWS]]
    features, split = one_hot(rows, marginals.sizes, target), len(rows) * 4 // 5
    cells = marginals.attributes[target].cells
    levels = (1,) if cells == ("false", "true") else range(len(cells))
    found = []
    for level in levels:
        truth = (rows[:, target] == level).astype(np.float64)
        weights = logistic(features[:split], truth[:split])
        score, unseen = features[split:] @ weights[1:], truth[split:]
        found.append(
            Learned(
                cells[level],
                area_under_curve(score, unseen),
                _correlation(score, unseen),
                _in_the_data(marginals, weights[1:], target, level),
            )
        )
    return tuple(found)


def one_hot(codes: Codes, sizes: tuple[int, ...], target: int) -> Matrix:
    """A column of 0 and 1 for each cell of each column but the target."""
    others = [place for place in range(len(sizes)) if place != target]
    return np.concatenate([np.eye(sizes[place])[codes[:, place]] for place in others], axis=1)


def logistic(features: Matrix, truth: Matrix) -> Matrix:
    """The constant, then a weight for each feature, by Newton's method with a small ridge."""
    design = np.column_stack([np.ones(len(features)), features])
    ridge = _RIDGE * np.eye(design.shape[1])
    weights = np.zeros(design.shape[1])
    for _ in range(_MOST_STEPS):
        odds = 1 / (1 + np.exp(-design @ weights))
        curvature = (design * (odds * (1 - odds))[:, None]).T @ design + ridge
        step = np.linalg.solve(curvature, design.T @ (truth - odds) - _RIDGE * weights)
        weights = weights + step
        if np.abs(step).max() < _SMALL_STEP:
            break
    return weights


def area_under_curve(score: Matrix, truth: Matrix) -> float | None:
    """How often a row with the level scores above one without it; ties count half."""
    having = float(truth.sum())
    without = len(truth) - having
    if having == 0 or without == 0:
        return None
    ranks = float(rankdata(score)[truth == 1].sum())
    return (ranks - having * (having + 1) / 2) / (having * without)


def _correlation(score: Matrix, truth: Matrix) -> float | None:
    spreads = float(score.std()) * float(truth.std())
    if spreads == 0:
        return None
    return float(((score - score.mean()) * (truth - truth.mean())).mean()) / spreads


def _in_the_data(
    marginals: Marginals, weights: Matrix, target: int, level: int
) -> Uncertain | None:
    by_column = _by_column(marginals, weights, target)
    singles, rows = marginals.singles, weighted_sum(_cells(marginals.singles[target], 1.0))
    having = weighted_sum(_cells(singles[target], _only(level, marginals.sizes[target])))
    total = weighted_sum(
        term for place, each in by_column.items() for term in _cells(singles[place], each)
    )
    squares = weighted_sum(_squares(marginals, by_column))
    together = weighted_sum(_products(marginals, by_column, target, level))
    if rows.value <= 0:
        return None
    mean, share = total / rows, having / rows
    spread = (squares / rows - mean * mean) * (share - share * share)
    if spread.value <= 0:
        return None
    return (together / rows - mean * share) / spread.sqrt()


def _by_column(marginals: Marginals, weights: Matrix, target: int) -> dict[int, Matrix]:
    others = [place for place in range(len(marginals.sizes)) if place != target]
    ends = np.cumsum([marginals.sizes[place] for place in others])[:-1]
    return dict(zip(others, np.split(weights, ends), strict=True))


def _squares(
    marginals: Marginals, by_column: dict[int, Matrix]
) -> Iterator[tuple[float, Uncertain]]:
    """A level's indicator is its own square; two columns meet twice in the square of a sum."""
    for place, weights in by_column.items():
        yield from _cells(marginals.singles[place], weights**2)
    for pair in marginals.pairs:
        left, right = pair.columns
        if left in by_column and right in by_column:
            yield from _cells(pair, 2 * np.outer(by_column[left], by_column[right]))


def _products(
    marginals: Marginals, by_column: dict[int, Matrix], target: int, level: int
) -> Iterator[tuple[float, Uncertain]]:
    indicator = _only(level, marginals.sizes[target])
    weights = {**by_column, target: indicator}
    for pair in marginals.pairs:
        if target in pair.columns:
            left, right = pair.columns
            yield from _cells(pair, np.outer(weights[left], weights[right]))


def _cells(marginal: Marginal, weights: Matrix | float) -> Iterator[tuple[float, Uncertain]]:
    """Every count with its weight and a noise of its own."""
    spread = np.broadcast_to(weights, marginal.counts.shape)
    for cell in np.ndindex(marginal.counts.shape):
        source = f"{marginal.columns}{cell}"
        count = measured(float(marginal.counts[cell]), sd=float(marginal.sd[cell]), source=source)
        yield float(spread[cell]), count


def _only(level: int, size: int) -> Matrix:
    return np.asarray(np.eye(size)[level], dtype=np.float64)
