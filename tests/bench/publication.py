"""How fast an owner's machine encrypts, beside TenSEAL; how fast a file becomes chunks on the disk,
and how many bytes a value takes there.

TenSEAL's vector is symmetric, under the same ring, primes and scale, from the values to bytes in
memory; ours ends with seeds and limbs, which are the bytes of a chunk. They take turns, and both
are charged for every thread.

From CSV or Parquet to chunks is all that publishing does before it signs: the file is read twice,
every chunk hashed, opened by SEAL in a sample, written and synced. Its table is ten numbers and a
boolean; bytes are those of the chunk files.
"""

from __future__ import annotations

import json
import secrets
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import tenseal
from owners_table import FORMATS, Draw, Written, write_chunks, write_table
from world.tables import boolean, declared, numeric

from crypto.encrypt import encrypt_column
from crypto.fresh import FreshBytes
from crypto.parameters import PRODUCTS, SUMS, Parameters
from crypto.secret_key import CkksSecretKey

CIPHERTEXTS, VECTORS = 32, 16
NUMBERS = [f"x{number}" for number in range(10)]
ROWS = 64 * PRODUCTS.values_per_ciphertext
"""Whole ciphertexts: what is counted is read off the file, none of it padding."""
_SLOTS = PRODUCTS.ring_degree // 2
"""Values of one of TenSEAL's vectors."""
BUILD = Path(__file__).resolve().parent.parent.parent / "build"
"""On a disk: where temporary files lie may be memory."""


def measure(rounds: int = 5) -> dict[str, float]:
    """Values encrypted per CPU second and per second, the ratio, and what chunk files take."""
    return _encryption(rounds) | _publication(rounds)


def _encryption(rounds: int) -> dict[str, float]:
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
    }


def _publication(rounds: int) -> dict[str, float]:
    """Values a second from a file of either format to durable chunks, by what it is encrypted for,
    and bytes of chunk files by value."""
    report: dict[str, float] = {}
    with tempfile.TemporaryDirectory(dir=BUILD) as name:
        tables = [write_table(Path(name) / f"table.{one}", draws(), ROWS) for one in FORMATS]
        for parameters, suffix in ((PRODUCTS, ""), (SUMS, "_sums")):
            turns = [[_written(table, parameters) for table in tables] for _ in range(rounds)]
            for table, runs in zip(tables, zip(*turns, strict=True), strict=True):
                rate = statistics.median(run.values / run.seconds for run in runs)
                report[f"{table.suffix[1:]}_to_chunks_values_per_second{suffix}"] = rate
            last = turns[-1][-1]
            report[f"bytes_per_value{suffix}"] = last.chunk_bytes / last.values
    return report


def _written(table: Path, parameters: Parameters) -> Written:
    declaration = declared(*map(numeric, NUMBERS), boolean("flag"))
    with tempfile.TemporaryDirectory(dir=table.parent) as name:
        return write_chunks(table, declaration, ROWS, parameters, Path(name))


def draws() -> dict[str, Draw]:
    """Its ten numbers and its boolean."""
    numbers: dict[str, Draw] = dict.fromkeys(
        NUMBERS, lambda random, size: random.normal(50, 20, size).round(3)
    )
    return numbers | {"flag": lambda random, size: random.choice(["yes", "no"], size)}


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
