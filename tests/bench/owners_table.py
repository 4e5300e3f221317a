"""A table as its owner has it, CSV or Parquet, and its way to chunks on the disk.

The way is the product's own (market.owner.publish.make_version): the file is read once to look at
it, and once more to encrypt it. Nothing is signed or sent, and the keys are there before the clock
starts.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
from world.tables import opened

from crypto.fresh import FreshBytes
from crypto.parameters import Parameters
from crypto.secret import Secret
from crypto.secret_key import CkksSecretKey
from market.owner.declaration.describe import Declaration
from market.owner.publish.encrypt_table import Encryption, encrypt_table
from market.owner.publish.encrypted_parts import EncryptedParts
from market.owner.table.contributions_on_disk import ContributionsOnDisk
from market.owner.table.survey import survey
from market.tables.encode import Encoder

FORMATS = ("csv", "parquet")
_ROWS_AT_ONCE = 50_000

Draw = Callable[[np.random.Generator, int], Any]
"""So many cells of one column, as an array that Arrow takes."""


@dataclass(frozen=True)
class Written:
    """What came of a table: `values` lie in chunks, which have `chunk_bytes` on the disk."""

    seconds_to_read: float
    seconds: float
    values: int
    chunk_bytes: int


def write_table(path: Path, draws: Mapping[str, Draw], rows: int) -> Path:
    """A table in the format that its name ends in, some rows at a time."""
    random = np.random.default_rng(rows)
    with _writer(path, _drawn(draws, random, 0).schema) as writer:
        for first in range(0, rows, _ROWS_AT_ONCE):
            writer.write_table(_drawn(draws, random, min(_ROWS_AT_ONCE, rows - first)))
    return path


def write_chunks(
    path: Path, declaration: Declaration, rows: int, parameters: Parameters, directory: Path
) -> Written:
    """Read a table of as many rows and encrypt it into a directory that holds no chunks yet."""
    schema = replace(declaration.schema, capacity_rows=rows)
    parts = EncryptedParts(directory, "datasets/bench/owner/1/", parameters)
    encryption = Encryption(
        CkksSecretKey.generate(parameters), FreshBytes(secrets.token_bytes), parts
    )
    table = opened(path, declaration)
    lineage_key = Secret(secrets.token_bytes(32))
    began = time.perf_counter()
    with ContributionsOnDisk(lineage_key) as counted:
        survey(table, schema, counted)
    read = time.perf_counter()
    with ContributionsOnDisk(lineage_key) as counted:
        encrypted = encrypt_table(
            schema,
            map(Encoder(schema, counted).encode, table.batches()),
            encryption,
            progress=lambda _what, _done, _total: None,
        )
    ended = time.perf_counter()
    ciphertexts = sum(chunk.ciphertexts for one in encrypted.columns for chunk in one.chunks)
    return Written(
        read - began,
        ended - began,
        ciphertexts * parameters.values_per_ciphertext,
        parts.size_bytes(),
    )


def _drawn(draws: Mapping[str, Draw], random: np.random.Generator, rows: int) -> Any:
    return pa.table({name: draw(random, rows) for name, draw in draws.items()})


def _writer(path: Path, schema: Any) -> AbstractContextManager[Any]:
    if path.suffix == ".parquet":
        writer: AbstractContextManager[Any] = pq.ParquetWriter(path, schema)
    else:
        plain = pc.WriteOptions(quoting_style="none", quoting_header="none")
        writer = pc.CSVWriter(path, schema, write_options=plain)
    return writer
