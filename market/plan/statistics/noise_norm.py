"""How large the noise of a whole matrix can be."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

from market.plan.uncertain import Uncertain

# How often the noise is larger than what is taken for its size.
_BEYOND = 0.05


def norm_of_noise(matrix: Sequence[Sequence[Uncertain]]) -> float:
    """What the spectral norm of a symmetric matrix's noise exceeds in 5 % of all cases at most.

    The noise is a sum of fixed matrices A, one for each source, each times a standard normal:
    its norm is above x with a probability of 2d·exp(-x²/2v) at most, v the norm of ΣA² (Tropp
    2012, arXiv:1004.4389, theorem 4.1), here bounded by ΣA²'s largest row sum.
    """
    size = len(matrix)
    sources: dict[str, dict[int, dict[int, float]]] = defaultdict(lambda: defaultdict(dict))
    for i, row in enumerate(matrix):
        for j, entry in enumerate(row):
            for source, effect in entry.parts.items():
                sources[source][i][j] = effect
    squares = [[0.0] * size for _ in range(size)]
    for effects in sources.values():
        for i, row_effects in effects.items():
            for j, effect in row_effects.items():
                for k, other in effects[j].items():
                    squares[i][k] += effect * other
    variance = max((sum(map(abs, row)) for row in squares), default=0.0)
    return math.sqrt(2 * variance * math.log(2 * max(size, 1) / _BEYOND))
