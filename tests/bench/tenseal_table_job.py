"""The rival TenSEAL, as its documentation says: whole programs over a table of serialized vectors.

    tenseal_table_job.py make DIRECTORY COLUMNS VECTORS      vectors in each column, no two alike
    tenseal_table_job.py sums|products DIRECTORY COLUMNS VECTORS

`sums` loads every vector and adds each column up; `products` multiplies every pair of columns, row
by row, and adds those up as well: X^T X, but for the rotations that would add up a vector's own
slots, which ours does not need and which are left out here.
"""

from __future__ import annotations

import sys
from itertools import combinations_with_replacement
from pathlib import Path

import numpy as np
import tenseal

SLOTS = 4096


def make(directory: Path, columns: int, vectors: int) -> None:
    """A public context with its relinearisation key, and a file for each vector."""
    context = tenseal.context(
        tenseal.SCHEME_TYPE.CKKS, 8192, coeff_mod_bit_sizes=[60, 40, 40, 60], n_threads=1
    )
    context.global_scale = 2.0**40
    directory.mkdir()
    kept = context.serialize(save_secret_key=False, save_galois_keys=False)
    (directory / "context").write_bytes(kept)
    generator = np.random.default_rng(1)
    for row in range(vectors):
        for column in range(columns):
            values = generator.uniform(-1, 1, SLOTS).tolist()
            stored = tenseal.ckks_vector(context, values).serialize()
            (directory / f"{row}-{column}").write_bytes(stored)


def compute(directory: Path, columns: int, vectors: int, *, products: bool) -> None:
    """Every column's sum, or every pair's sum of products; nothing is opened."""
    context = tenseal.context_from((directory / "context").read_bytes(), n_threads=1)
    asked = [(column,) for column in range(columns)]
    pairs = list(combinations_with_replacement(range(columns), 2)) if products else []
    totals: dict[tuple[int, ...], tenseal.CKKSVector] = {}
    for row in range(vectors):
        loaded = [
            tenseal.ckks_vector_from(context, (directory / f"{row}-{column}").read_bytes())
            for column in range(columns)
        ]
        for a, b in pairs:
            _add(totals, (a, b), loaded[a].square() if a == b else loaded[a].mul(loaded[b]))
        for (column,) in asked:
            _add(totals, (column,), loaded[column])


def _add(
    totals: dict[tuple[int, ...], tenseal.CKKSVector],
    output: tuple[int, ...],
    vector: tenseal.CKKSVector,
) -> None:
    if output in totals:
        totals[output].add_(vector)
    else:
        totals[output] = vector


if __name__ == "__main__":
    word, where, *numbers = sys.argv[1:]
    if word == "make":
        make(Path(where), *map(int, numbers))
    else:
        compute(Path(where), *map(int, numbers), products=word == "products")
