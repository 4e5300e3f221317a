"""Small symmetric matrices, against NumPy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.plan.matrix import inverse_of_positive, symmetric_eigen, times

ENTRIES = st.floats(-100, 100, allow_subnormal=False)


@st.composite
def symmetric(draw: st.DrawFn) -> np.ndarray:
    size = draw(st.integers(1, 6))
    entries = draw(st.lists(ENTRIES, min_size=size * size, max_size=size * size))
    square = np.array(entries).reshape(size, size)
    return (square + square.T) / 2


@given(symmetric())
def test_eigenvalues_are_numpys(matrix: np.ndarray) -> None:
    values, vectors = symmetric_eigen(matrix.tolist())
    size = max(1.0, float(np.abs(matrix).max()))
    assert values == pytest.approx(np.linalg.eigvalsh(matrix)[::-1].tolist(), abs=1e-11 * size)
    basis = np.array(vectors)
    assert np.allclose(basis @ basis.T, np.eye(len(values)), atol=1e-12)
    assert np.allclose(basis.T * values @ basis, matrix, atol=1e-11 * size)


@given(symmetric())
def test_inverse_is_numpys_and_only_of_positive_matrices(matrix: np.ndarray) -> None:
    lifted = matrix @ matrix.T + np.eye(len(matrix))
    inverse = inverse_of_positive(lifted.tolist())
    assert inverse is not None
    assert np.allclose(inverse, np.linalg.inv(lifted), atol=1e-8)
    assert inverse_of_positive((-lifted).tolist()) is None


def test_singular_matrix_has_no_inverse() -> None:
    assert inverse_of_positive([[1.0, 1.0], [1.0, 1.0]]) is None
    assert inverse_of_positive([[0.0]]) is None
    assert inverse_of_positive([[math.nan]]) is None


def test_empty_matrix_is_its_own_inverse() -> None:
    assert inverse_of_positive([]) == []
    assert symmetric_eigen([]) == ([], [])


def test_eigenvectors_of_equal_eigenvalues_are_orthogonal() -> None:
    values, vectors = symmetric_eigen(np.ones((5, 5)).tolist())
    assert values == pytest.approx([5, 0, 0, 0, 0], abs=1e-14)
    assert np.allclose(np.array(vectors) @ np.array(vectors).T, np.eye(5), atol=1e-14)


def test_matrix_times_vector() -> None:
    assert times([[1.0, 2.0], [3.0, 4.0]], [1.0, -1.0]) == [-1.0, -1.0]
