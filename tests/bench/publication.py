"""How fast an owner's machine encrypts, beside TenSEAL, and how many bytes a value takes.

TenSEAL's vector is symmetric, under the same ring, primes and scale, from the values to bytes in
memory; ours ends with seeds and limbs, which are the bytes of a chunk. They take turns, and both
are charged for every thread.
"""

from __future__ import annotations

import json
import secrets
import statistics
import time
from collections.abc import Callable

import numpy as np
import tenseal

from crypto.chunk_size import chunk_bytes
from crypto.encrypt import encrypt_column
from crypto.fresh import FreshBytes
from crypto.parameters import PRODUCTS, SUMS
from crypto.secret_key import CkksSecretKey

CIPHERTEXTS, VECTORS = 32, 16
_SLOTS = PRODUCTS.ring_degree // 2
"""Values of one of TenSEAL's vectors."""


def measure(rounds: int = 5) -> dict[str, float]:
    """Values encrypted per CPU second and per second, stored bytes per value, and the ratio."""
    values = np.random.default_rng(0).uniform(-1, 1, CIPHERTEXTS * PRODUCTS.values_per_ciphertext)
    key = CkksSecretKey.generate(PRODUCTS)
    context = _tenseal_context()
    rows = values[: VECTORS * _SLOTS].reshape(VECTORS, _SLOTS).tolist()

    fresh = FreshBytes(secrets.token_bytes)

    def ours() -> None:
        encrypt_column(values, key, fresh=fresh)

    def theirs() -> None:
        for row in rows:
            tenseal.ckks_vector(context, row).serialize()

    ours(), theirs()
    times = [(_taken(ours), _taken(theirs)) for _ in range(rounds)]
    cpu, wall, their_cpu = (
        statistics.median(column)
        for column in zip(*((*own, their) for own, (their, _) in times), strict=True)
    )
    return {
        "values_per_cpu_second": len(values) / cpu,
        "values_per_second": len(values) / wall,
        "tenseal_values_per_cpu_second": VECTORS * _SLOTS / their_cpu,
        "times_tenseal_encrypt_serialize": len(values) / cpu * their_cpu / (VECTORS * _SLOTS),
        "bytes_per_value": chunk_bytes(CIPHERTEXTS, "seed-only", PRODUCTS) / len(values),
        "bytes_per_value_sums": chunk_bytes(CIPHERTEXTS, "seed-only", SUMS) / len(values),
    }


def _tenseal_context() -> tenseal.Context:
    context = tenseal.context(
        tenseal.SCHEME_TYPE.CKKS,
        PRODUCTS.ring_degree,
        coeff_mod_bit_sizes=[prime.bit_length() for prime in PRODUCTS.key_primes],
        encryption_type=tenseal.ENCRYPTION_TYPE.SYMMETRIC,
        n_threads=1,
    )
    context.global_scale = 2.0**PRODUCTS.scale_log2
    return context


def _taken(work: Callable[[], None]) -> tuple[float, float]:
    """CPU seconds and seconds."""
    began_cpu, began = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - began_cpu, time.perf_counter() - began


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
