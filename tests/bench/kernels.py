"""CPU time of the kernels against TenSEAL used as its documentation says: `python kernels.py`.

Everything is interleaved, CPU time of the process, median of the rounds; ratios are what to read.
TenSEAL holds 4,096 values per ciphertext under N = 8192, [60, 40, 40, 60], which is depth 2; ours
holds 8,192 under PRODUCTS. Ratios are per ciphertext: per value they are twice as large. Both sums
begin with bytes in memory: TenSEAL loads what it serialized, ours lays views on a chunk. A chunk's
one-time check and hash are timed apart.
"""

from __future__ import annotations

import gc
import hashlib
import json
import os
import statistics
import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import tenseal
from numba import njit

from crypto import limbs, seeds
from crypto.chunk import build_chunk, parse_chunk
from crypto.chunk_digest import chunk_digest
from crypto.parameters import PRODUCTS

COLUMN = 123
"""Ciphertexts of a million rows."""
LOADED, SQUARED, EXPANDED, BUILT = 32, 4, 32, 64
Limbs = npt.NDArray[np.uint32]


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def read_words(words: Limbs) -> np.uint32:
    """Read every word once, in order, and do next to nothing with it."""
    seen = np.uint32(0)
    for index in range(words.size):
        seen |= words[index]
    return seen


class TensealColumn:
    """Serialized vectors, and the two operations a column asks for."""

    def __init__(self) -> None:
        self._context = tenseal.context(
            tenseal.SCHEME_TYPE.CKKS, 8192, coeff_mod_bit_sizes=[60, 40, 40, 60], n_threads=1
        )
        self._context.global_scale = 2.0**40
        values = np.random.default_rng(0).uniform(-1, 1, 4096).tolist()
        vectors = [tenseal.ckks_vector(self._context, values) for _ in range(LOADED)]
        self._stored = [vector.serialize() for vector in vectors]
        self._vectors = vectors[:SQUARED]

    def load_and_add(self) -> None:
        total = tenseal.ckks_vector_from(self._context, self._stored[0])
        for data in self._stored[1:]:
            total.add_(tenseal.ckks_vector_from(self._context, data))

    def square(self) -> None:
        for vector in self._vectors:
            vector.square()

    def multiply(self) -> None:
        for left, right in zip(self._vectors, reversed(self._vectors), strict=True):
            left.mul(right)


def uniform(count: int) -> Limbs:
    return seeds.expand_c1_batch(os.urandom(32 * count), 0, PRODUCTS)


def kernel_cases() -> dict[str, tuple[Callable[[], object], int]]:
    """Name to action and the number of ciphertexts (or pairs) it handles."""
    a, b, primes = uniform(COLUMN), uniform(COLUMN), PRODUCTS.primes
    flat, key = a.reshape(-1), b[0]
    table = os.urandom(32 * BUILT)
    chunk = build_chunk(PRODUCTS, table, a[:BUILT], first_ciphertext=0)
    return {
        "read": (lambda: read_words(flat), COLUMN),
        "sum": (lambda: limbs.sum_limbs(a, primes), COLUMN),
        "product": (lambda: limbs.inner_product(a, b, primes), COLUMN),
        "key holder constants": (lambda: limbs.inner_products(a, key, primes), COLUMN),
        "expand": (lambda: seeds.expand_c1_batch(table[: 32 * EXPANDED], 0, PRODUCTS), EXPANDED),
        "parse chunk": (lambda: parse_chunk(chunk, PRODUCTS, expected_ciphertexts=BUILT), BUILT),
        "blake3": (lambda: chunk_digest(chunk), BUILT),
        "sha256": (lambda: hashlib.sha256(chunk).digest(), BUILT),
    }


def measure(rounds: int = 9) -> dict[str, dict[str, float]]:
    """Microseconds of CPU per ciphertext, and the ratios that matter."""
    theirs = TensealColumn()
    cases = kernel_cases() | {
        "tenseal load + add_": (theirs.load_and_add, LOADED),
        "tenseal square": (theirs.square, SQUARED),
        "tenseal mul": (theirs.multiply, SQUARED),
    }
    for action, _ in cases.values():
        action()
    spent: dict[str, list[float]] = {name: [] for name in cases}
    gc.disable()
    try:
        for _ in range(rounds):
            for name, (action, count) in cases.items():
                begun = time.process_time()
                action()
                spent[name].append((time.process_time() - begun) / count * 1e6)
    finally:
        gc.enable()
    cost = {name: statistics.median(times) for name, times in spent.items()}
    ratios = {
        "sum against tenseal load + add_": cost["tenseal load + add_"] / cost["sum"],
        "sum, share of the read rate": cost["read"] / cost["sum"],
        "product against tenseal square": cost["tenseal square"] / cost["product"],
        "product against tenseal mul": cost["tenseal mul"] / cost["product"],
    }
    return {
        "microseconds per ciphertext": {name: round(value, 2) for name, value in cost.items()},
        "ratios": {name: round(value, 2) for name, value in ratios.items()},
    }


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
