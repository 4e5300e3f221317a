"""A table drawn from a Bayesian network: ten columns, 82 cells, a target that others predict.

Its columns are as many, and as wide, as those of the census table that papers on synthetic data
measure by; and as dependent: some pairs hardly, some strongly, the target on six columns at once
and on two of them together. A quarter of the rows have it.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from market.plan.schema import BooleanColumn, CategoricalColumn, PrivacyUnit, Schema
from market.synthetic.attributes import Attribute, Levels, Truth
from market.synthetic.marginals import Marginal, Marginals, counted

ROWS = 48_842
SIZES = (15, 9, 16, 7, 15, 6, 5, 2, 5, 2)
TARGET = 9
_PARENTS: tuple[tuple[int, ...], ...] = (
    (), (0,), (0,), (0,), (1, 2), (3,), (2,), (5,), (0, 1), (0, 2, 3, 4, 7, 8),
)  # fmt: skip
_TOGETHER = (2, 3)

SCHEMA = Schema(
    "network",
    (
        *(
            CategoricalColumn(
                f"column{place}", tuple(f"level{level}" for level in range(size - 1)), "a column"
            )
            for place, size in enumerate(SIZES[:TARGET])
        ),
        BooleanColumn("target", "what the others predict", "false"),
    ),
    PrivacyUnit(None, 1, "one row"),
    ROWS,
    (),
)
"""The last level of each column is OTHER."""

ATTRIBUTES: tuple[Attribute, ...] = (
    *(
        Levels(column.name, column.all_levels)
        for column in SCHEMA.columns
        if isinstance(column, CategoricalColumn)
    ),
    Truth("target"),
)


def network_table(rows: int = ROWS, seed: int = 1) -> NDArray[np.int64]:
    """Positions of cells, shape (rows, 10)."""
    generator = np.random.default_rng(seed)
    codes = np.zeros((rows, len(SIZES)), dtype=np.int64)
    for column, size in enumerate(SIZES[:TARGET]):
        base = np.log(generator.dirichlet(np.full(size, 1.2)) + 1e-3)
        effects = [
            generator.normal(0, 1.3 if len(_PARENTS[column]) == 1 else 1.0, (SIZES[parent], size))
            for parent in _PARENTS[column]
        ]
        scores = np.tile(base, (rows, 1))
        for parent, effect in zip(_PARENTS[column], effects, strict=True):
            scores += effect[codes[:, parent]]
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        cumulative = np.cumsum(odds, axis=1) / odds.sum(axis=1, keepdims=True)
        drawn = (cumulative < generator.random((rows, 1))).sum(axis=1)
        codes[:, column] = np.minimum(drawn, size - 1)
    latent = _target_score(codes, generator) + generator.logistic(size=rows)
    codes[:, TARGET] = latent > np.quantile(latent, 0.75)
    return codes


def _target_score(codes: NDArray[np.int64], generator: np.random.Generator) -> NDArray[np.float64]:
    score = np.zeros(len(codes))
    for parent in _PARENTS[TARGET]:
        effect = generator.normal(0, 1, SIZES[parent])
        score += 0.75 * (effect / effect.std())[codes[:, parent]]
    first, second = _TOGETHER
    together = generator.normal(0, 0.8, (SIZES[first], SIZES[second]))
    return score + np.asarray(together[codes[:, first], codes[:, second]], dtype=np.float64)


def noised(
    codes: NDArray[np.int64],
    attributes: tuple[Attribute, ...],
    sd: float,
    generator: np.random.Generator,
    target: int | None = None,
) -> Marginals:
    """A table's marginals, each count with Gaussian noise of this sd."""
    sizes = tuple(len(attribute.cells) for attribute in attributes)

    def marginal(columns: tuple[int, ...]) -> Marginal:
        counts = counted(codes, columns, sizes)
        return Marginal(
            columns, counts + generator.normal(0, sd, counts.shape), np.full(counts.shape, sd)
        )

    places = range(len(sizes))
    return Marginals(
        attributes,
        tuple(marginal((place,)) for place in places),
        tuple(marginal(pair) for pair in combinations(places, 2)),
        target,
    )
