"""How fast an owner's machine encrypts, and how many bytes a value takes."""

from __future__ import annotations

import secrets
import statistics
import time

import numpy as np

from crypto.chunk_size import chunk_bytes
from crypto.encrypt import encrypt_column
from crypto.parameters import PRODUCTS
from crypto.secret_key import CkksSecretKey

CIPHERTEXTS = 32


def measure(rounds: int = 5) -> dict[str, float]:
    """Values encrypted per CPU second and per second, and stored bytes per value."""
    key = CkksSecretKey.generate(PRODUCTS)
    values = np.random.default_rng(0).uniform(-1, 1, CIPHERTEXTS * PRODUCTS.values_per_ciphertext)
    encrypt_column(values[: PRODUCTS.values_per_ciphertext], key, entropy=secrets.token_bytes)
    cpu, wall = [], []
    for _ in range(rounds):
        began_cpu, began = time.process_time(), time.perf_counter()
        encrypt_column(values, key, entropy=secrets.token_bytes)
        cpu.append(time.process_time() - began_cpu)
        wall.append(time.perf_counter() - began)
    return {
        "values_per_cpu_second": len(values) / statistics.median(cpu),
        "values_per_second": len(values) / statistics.median(wall),
        "bytes_per_value": chunk_bytes(CIPHERTEXTS, "seed-only", PRODUCTS) / len(values),
    }
