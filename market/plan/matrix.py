"""Small symmetric matrices of floats: what a model of a few columns is solved with.

Plain Python, as all of the plan language: the sandbox has no NumPy.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations

Vector = Sequence[float]
Matrix = Sequence[Sequence[float]]

_MOST_SWEEPS = 60
_ROUNDING = 1e-16


def inverse_of_positive(matrix: Matrix) -> list[list[float]] | None:
    """The inverse of a symmetric positive definite matrix, by Cholesky's factor; None of another.

    Only the lower triangle is read.
    """
    lower = _cholesky(matrix)
    if lower is None:
        return None
    size = len(matrix)
    columns = [_solved(lower, [float(i == j) for i in range(size)]) for j in range(size)]
    return [[(columns[i][j] + columns[j][i]) / 2 for j in range(size)] for i in range(size)]


def symmetric_eigen(matrix: Matrix) -> tuple[list[float], list[list[float]]]:
    """Eigenvalues of a symmetric matrix, the largest first, and an eigenvector of length 1 to each.

    Jacobi's cyclic rotations (Golub and Van Loan, Matrix Computations, section 8.5): slow beyond a
    hundred columns, and exact to rounding below.
    """
    size = len(matrix)
    a = [[float(value) for value in row] for row in matrix]
    vectors = [[float(i == j) for j in range(size)] for i in range(size)]
    negligible = _ROUNDING * max((abs(value) for row in a for value in row), default=0.0)
    for _ in range(_MOST_SWEEPS):
        pairs = [(p, q) for p, q in combinations(range(size), 2) if abs(a[p][q]) > negligible]
        if not pairs:
            break
        for p, q in pairs:
            # An earlier rotation of the sweep may have cleared it.
            if abs(a[p][q]) > negligible:
                _rotate(a, vectors, p, q)
    order = sorted(range(size), key=lambda i: -a[i][i])
    return [a[i][i] for i in order], [vectors[i] for i in order]


def inner(left: Vector, right: Vector) -> float:
    """The sum of the products of their entries, as far as both reach."""
    return sum(x * y for x, y in zip(left, right, strict=False))


def times(matrix: Matrix, vector: Vector) -> list[float]:
    """A matrix times a vector."""
    return [inner(row, vector) for row in matrix]


def _rotate(a: list[list[float]], vectors: list[list[float]], p: int, q: int) -> None:
    """Turn the coordinates p and q so that their mixed entry is 0."""
    theta = (a[q][q] - a[p][p]) / (2 * a[p][q])
    # The smaller of the two angles; hypot keeps a huge theta from overflowing.
    t = math.copysign(1.0, theta) / (abs(theta) + math.hypot(theta, 1.0))
    c = 1 / math.hypot(t, 1.0)
    s = t * c
    for row in a:
        row[p], row[q] = c * row[p] - s * row[q], s * row[p] + c * row[q]
    for one in (a, vectors):
        left, right = one[p], one[q]
        one[p] = [c * x - s * y for x, y in zip(left, right, strict=True)]
        one[q] = [s * x + c * y for x, y in zip(left, right, strict=True)]
    a[p][q] = a[q][p] = 0.0


def _cholesky(matrix: Matrix) -> list[list[float]] | None:
    lower: list[list[float]] = []
    for i in range(len(matrix)):
        row: list[float] = []
        for j in range(i):
            row.append((matrix[i][j] - inner(row, lower[j])) / lower[j][j])
        rest = matrix[i][i] - inner(row, row)
        # Not `rest <= 0`: that is false of what is no number.
        if not rest > 0:
            return None
        lower.append([*row, math.sqrt(rest)])
    return lower


def _solved(lower: Sequence[Vector], right: Vector) -> list[float]:
    """x with L·Lᵀ·x = right."""
    size = len(lower)
    half: list[float] = []
    for i in range(size):
        half.append((right[i] - inner(lower[i], half)) / lower[i][i])
    whole = [0.0] * size
    for i in reversed(range(size)):
        known = sum(lower[j][i] * whole[j] for j in range(i + 1, size))
        whole[i] = (half[i] - known) / lower[i][i]
    return whole
