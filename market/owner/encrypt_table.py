"""Encoded columns to chunks on disk: every ciphertext under a fresh seed, every chunk hashed.

Nothing of a version is sent before all of it is written, so what was sent is never encrypted
again. Object names hold the chunk's hash: two attempts at one version never meet in the store.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from crypto.chunk import build_chunk
from crypto.encrypt import EncryptedLimbs, encrypt_column
from crypto.secret_key import CkksSecretKey
from crypto.shares import Residues, encode_table
from market.agent.holdings import Constants
from market.client.home import write_private
from market.records.manifest import Chunk, EncryptedColumn

CIPHERTEXTS_PER_CHUNK = 64
Entropy = Callable[[int], bytes]
Progress = Callable[[str, int, int], None]
"""(what is being done, done, total); total counts ciphertexts or chunks."""


@dataclass(frozen=True, slots=True)
class EncryptedTable:
    """`constants` are the holder's halves: key material."""

    columns: tuple[EncryptedColumn, ...]
    constants: Constants


def encrypt_table(
    encoded: Mapping[str, npt.NDArray[np.float64]],
    key: CkksSecretKey,
    directory: Path,
    *,
    prefix: str,
    entropy: Entropy,
    progress: Progress,
) -> EncryptedTable:
    """Encrypt every column into files of `directory`, named by the last part of their key.

    Args:
        prefix: what the objects' keys begin with, `market.records.manifest.chunk_prefix`.

    Raises:
        ParameterError: a value that is not finite or above one in size, or a repeated seed.
    """
    columns: list[EncryptedColumn] = []
    constants: dict[str, tuple[Residues, ...]] = {}
    spent_seeds: set[bytes] = set()
    total = sum(len(values) for values in encoded.values()) // key.parameters.slots
    done = 0
    for number, (name, values) in enumerate(encoded.items()):
        chunks: list[Chunk] = []
        platform: list[Residues] = []
        holder: list[Residues] = []
        count = len(values) // key.parameters.slots
        for first in range(0, count, CIPHERTEXTS_PER_CHUNK):
            stop = min(first + CIPHERTEXTS_PER_CHUNK, count)
            part = encrypt_column(
                values[first * key.parameters.slots : stop * key.parameters.slots],
                key,
                entropy=entropy,
                first_ciphertext=first,
                spent_seeds=spent_seeds,
            )
            chunks.append(_write(part, first, key, directory, f"{prefix}{number:03d}-{first:06d}"))
            platform.extend(part.platform_constants)
            holder.extend(part.holder_constants)
            done += stop - first
            progress("encrypt", done, total)
        columns.append(EncryptedColumn(name, tuple(chunks), encode_table(platform, key.parameters)))
        constants[name] = tuple(holder)
    return EncryptedTable(tuple(columns), constants)


def _write(
    part: EncryptedLimbs, first: int, key: CkksSecretKey, directory: Path, stem: str
) -> Chunk:
    data = build_chunk(key.parameters, part.seeds, part.c0, first_ciphertext=first)
    sha256 = hashlib.sha256(data).hexdigest()
    name = f"{stem}-{sha256[:16]}.ect"
    write_private(directory / Path(name).name, data)
    return Chunk(name, sha256, len(data), first, len(part.platform_constants))
