"""What the agent's work takes here, beside what it is allowed: `python agent_slots.py`.

The constants of market.agent.slots are wide roundings of these. Wall time of one process: a noise
sample, at the smallest scale flooding permits and at a thousand times that; one ciphertext of one
sum, by the tables of agent and manifest; one ciphertext of one product, from chunks in memory.
"""

from __future__ import annotations

import json
import secrets
import statistics
import struct
import time
from collections.abc import Callable

import numpy as np

from crypto.chunk import build_chunk, parse_chunk
from crypto.chunk_digest import chunk_digest
from crypto.flooding import floor_squared
from crypto.noise import derive_noise
from crypto.parameters import PRODUCTS
from crypto.secret import Secret
from crypto.secret_key import CkksSecretKey, factor, product_shares
from crypto.shares import decode_table, sum_residues

SAMPLES = 5_000
BOUND = 10**6
CIPHERTEXTS, CONSTANTS = 49, 10_000
ROUNDS = 5


def seconds_of(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def noise_milliseconds(scale_squared: int) -> dict[str, float]:
    """One sample: the mean, and the longest of `SAMPLES`."""
    key = Secret(secrets.token_bytes(32))
    took = [
        seconds_of(
            lambda number=number: derive_noise(  # type: ignore[misc]
                key,
                manifest_hash="00" * 32,
                output=f"s{number}",
                law="gaussian",
                scale_squared=scale_squared,
                bound=BOUND,
            )
        )
        for number in range(SAMPLES)
    ]
    return {"mean": 1_000 * statistics.mean(took), "longest": 1_000 * max(took)}


def sum_milliseconds() -> float:
    """One ciphertext of one sum: its constants read from both tables, and added."""
    width = 4 * len(PRODUCTS.primes)
    platforms, agents = "00" * (width * CONSTANTS), bytes(width * CONSTANTS)

    def both() -> None:
        sum_residues(decode_table(platforms, CONSTANTS, PRODUCTS), PRODUCTS)
        rows = tuple(struct.iter_unpack(f"<{len(PRODUCTS.primes)}I", agents))
        sum_residues(rows, PRODUCTS)

    return 1_000 * statistics.median(seconds_of(both) for _ in range(ROUNDS)) / CONSTANTS


def product_milliseconds() -> dict[str, float]:
    """One ciphertext: its bytes, hashing and reading it, and multiplying it with another."""
    rng = np.random.default_rng(0)
    c0 = np.stack(
        [
            rng.integers(0, p, (CIPHERTEXTS, PRODUCTS.ring_degree), dtype=np.uint32)
            for p in PRODUCTS.primes
        ],
        axis=1,
    )
    seeds = [secrets.token_bytes(32 * CIPHERTEXTS) for _ in range(2)]
    data = [build_chunk(PRODUCTS, seed, c0, first_ciphertext=0) for seed in seeds]
    key = CkksSecretKey.generate(PRODUCTS)
    left, right = (parse_chunk(one, PRODUCTS, expected_ciphertexts=CIPHERTEXTS) for one in data)
    multiply = lambda: product_shares(factor(key, left), factor(key, right))  # noqa: E731
    multiply()

    def read() -> None:
        chunk_digest(data[0])
        parse_chunk(data[0], PRODUCTS, expected_ciphertexts=CIPHERTEXTS)

    hashed = statistics.median(seconds_of(read) for _ in range(ROUNDS))
    multiplied = statistics.median(seconds_of(multiply) for _ in range(ROUNDS))
    return {
        "bytes": len(data[0]) / CIPHERTEXTS,
        "read": 1_000 * hashed / CIPHERTEXTS,
        "multiplied": 1_000 * multiplied / CIPHERTEXTS,
    }


def measure() -> dict[str, object]:
    floor = floor_squared(BOUND)
    return {
        "noise": {
            "smallest scale": noise_milliseconds(floor),
            "a thousand times": noise_milliseconds(floor * 10**6),
        },
        "sum": sum_milliseconds(),
        "product": product_milliseconds(),
    }


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
