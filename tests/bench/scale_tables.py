"""One table at one size, four times: for sums, for products, as Parquet, and as TenSEAL's vectors.

Ciphertext is random limbs: no worker could tell, no key is needed, and no two values are alike.
Everything lies under build/, one size at a time.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from plain_spark import write_parquet
from world.random_ciphertext import publish_random_stream

from crypto.chunk_size import chunk_bytes
from crypto.parameters import PRODUCTS, SUMS, Parameters
from market.adapters.stores.local import LocalStore
from market.owner.publish.encrypt_table import CIPHERTEXTS_PER_CHUNK
from market.records.manifest import Manifest
from market.settings import Settings

COLUMNS = tuple("abcdefghij")
TENSEAL_UP_TO_VALUES = 10_000_000
"""Beyond, its products take minutes and its vectors gigabytes; nothing is extrapolated."""
TENSEAL_JOB = Path(__file__).with_name("tenseal_table_job.py")
_TENSEAL_SLOTS, _TENSEAL_VECTOR_BYTES, _DOUBLE_BYTES = 4096, 335_000, 8
_SPARE = 2


@dataclass(frozen=True)
class ScaleTable:
    """`vectors` are TenSEAL's of each column; `tenseal` is None where it does not compete, and
    without `parquet` plain Spark has nothing to do."""

    sums: Manifest
    products: Manifest
    parquet: Path | None
    tenseal: Path | None
    vectors: int


def require_room(values: int, directory: Path) -> None:
    """Return if the disk has twice the room of the largest table.

    Raises:
        SystemExit: it has not; one line says what is free and what is needed.
    """
    each = sum(_bytes_of(values, chosen) for chosen in (SUMS, PRODUCTS))
    small = min(values, TENSEAL_UP_TO_VALUES) // _TENSEAL_SLOTS * _TENSEAL_VECTOR_BYTES
    needed = _SPARE * (each + values * _DOUBLE_BYTES + small)
    free = shutil.disk_usage(directory).free
    if free < needed:
        raise SystemExit(
            f"{directory} has {free / 1e9:.1f} GB free; a table of {values:,} encrypted values is "
            f"made only where {needed / 1e9:.1f} GB are, twice what it takes."
        )


def make_table(settings: Settings, directory: Path, values: int) -> ScaleTable:
    """Make one size, in a directory that is the caller's to remove."""
    rows = max(1, values // len(COLUMNS))
    store = LocalStore(Path(settings.store_description["path"]))
    sums, products = (
        publish_random_stream(
            store,
            COLUMNS,
            ciphertexts_of(rows, chosen),
            ciphertexts_per_chunk=CIPHERTEXTS_PER_CHUNK,
            dataset=f"{chosen.name.lower()}-{values}",
            parameters=chosen,
        )
        for chosen in (SUMS, PRODUCTS)
    )
    parquet = write_parquet(directory / "table.parquet", COLUMNS, rows)
    vectors = -(-rows // _TENSEAL_SLOTS)
    tenseal = None
    if values <= TENSEAL_UP_TO_VALUES:
        tenseal = directory / "tenseal"
        run_tenseal(tenseal, vectors, "make")
    return ScaleTable(sums, products, parquet, tenseal, vectors)


def run_tenseal(directory: Path, vectors: int, word: str) -> None:
    """One program of TenSEAL's over its directory of vectors."""
    command = [sys.executable, str(TENSEAL_JOB), word, str(directory), str(len(COLUMNS))]
    subprocess.run([*command, str(vectors)], check=True)


def ciphertexts_of(rows: int, parameters: Parameters) -> int:
    """Ciphertexts that hold as many rows of one column."""
    return -(-rows // parameters.values_per_ciphertext)


def _bytes_of(values: int, parameters: Parameters) -> int:
    ciphertexts = ciphertexts_of(values, parameters)
    return chunk_bytes(ciphertexts, "seed-only", parameters)
