"""What a reader of chunks takes per ciphertext, hash and all: `python readers.py`.

A platform's worker reads each chunk from a directory, verifies it and accumulates its share of a
sum, under either parameter set, or of a product. A key agent recomputes a product from two columns
in memory: it verifies both, expands both c1 and multiplies. Theirs is the code that is measured
(spark_jobs.accumulate, market.agent.recompute); limbs are random, which arithmetic does not notice.

CPU is of the process, all threads; wall time shows what the cores share. Medians of the rounds.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from world.random_ciphertext import RandomDataset, publish_random

from crypto.parameters import PRODUCTS, SUMS, Parameters
from crypto.secret_key import CkksSecretKey
from market.adapters.stores.local import LocalStore
from market.agent.recompute import recompute
from market.owner.publish.encrypt_table import CIPHERTEXTS_PER_CHUNK
from market.plan.moments import Output
from market.records.evaluation import plan_blocks
from market.records.manifest import Chunk
from spark_jobs.accumulate import accumulate

COLUMNS = ("a", "b")
CHUNKS = 8
ROUNDS = 9
SUM, PRODUCT = Output("a", ("a",)), Output("a*b", COLUMNS)
Works = dict[str, Callable[[], object]]


def measure() -> dict[str, dict[str, float]]:
    """Microseconds per ciphertext of 8,192 values, of a product per pair of them."""
    with tempfile.TemporaryDirectory() as name:
        works = _works(Path(name))
        for work in works.values():
            work()
        spent: dict[str, list[tuple[float, float]]] = {name: [] for name in works}
        for _ in range(ROUNDS):
            for name, work in works.items():
                spent[name].append(_seconds_of(work))
    return {name: _microseconds(runs) for name, runs in spent.items()}


def _works(home: Path) -> Works:
    stores = {
        parameters.name: LocalStore(home / parameters.name) for parameters in (SUMS, PRODUCTS)
    }
    sums, products = (_table(stores[one.name], one) for one in (SUMS, PRODUCTS))
    return {
        "worker, sum (SUMS)": _worker(sums, stores[SUMS.name], SUM),
        "worker, sum (PRODUCTS)": _worker(products, stores[PRODUCTS.name], SUM),
        "worker, product": _worker(products, stores[PRODUCTS.name], PRODUCT),
        "agent, product": _agent(products, stores[PRODUCTS.name]),
    }


def _table(store: LocalStore, parameters: Parameters) -> RandomDataset:
    return publish_random(
        store,
        COLUMNS,
        CHUNKS * CIPHERTEXTS_PER_CHUNK,
        ciphertexts_per_chunk=CIPHERTEXTS_PER_CHUNK,
        parameters=parameters,
    )


def _worker(table: RandomDataset, store: LocalStore, output: Output) -> Callable[[], object]:
    blocks = plan_blocks(table.manifest, (output,))
    return lambda: accumulate(blocks, (output,), store, table.parameters)


def _agent(table: RandomDataset, store: LocalStore) -> Callable[[], object]:
    key = CkksSecretKey.generate(table.parameters)
    fetched = {
        chunk.key: _read(store, chunk)
        for name in COLUMNS
        for chunk in table.manifest.column(name).chunks
    }
    return lambda: recompute(table.manifest, (PRODUCT,), key, lambda chunk: fetched[chunk.key])


def _read(store: LocalStore, chunk: Chunk) -> bytes:
    buffer = bytearray(chunk.size_bytes)
    store.read(chunk.key, memoryview(buffer))
    return bytes(buffer)


def _seconds_of(work: Callable[[], object]) -> tuple[float, float]:
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - cpu, time.perf_counter() - wall


def _microseconds(runs: list[tuple[float, float]]) -> dict[str, float]:
    cpu, wall = (
        round(1e6 * statistics.median(seconds) / (CHUNKS * CIPHERTEXTS_PER_CHUNK), 1)
        for seconds in zip(*runs, strict=True)
    )
    return {"cpu_microseconds": cpu, "wall_microseconds": wall}


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
