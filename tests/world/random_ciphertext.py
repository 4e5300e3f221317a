"""Datasets of random limbs: to Spark they are ciphertext like any other, and nobody holds a key."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from crypto import packing
from crypto.chunk import build_chunk
from crypto.kernels import Limbs
from crypto.parameters import PRODUCTS
from crypto.shares import encode_table
from market.ports.object_store import ObjectStore
from market.records.manifest import EncryptedColumn, Manifest, chunk_prefix
from market.records.verified_chunk import describe_chunk
from world.builders import a_manifest
from world.people import fingerprint

Totals = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class RandomDataset:
    """`columns` are the limbs c0 by column, uint32[ciphertexts][k][N]."""

    manifest: Manifest
    columns: dict[str, Limbs]

    def sum_of(self, column: str) -> tuple[int, ...]:
        """The platform's share of a sum, by arithmetic that shares nothing with the kernels."""
        primes = np.array(PRODUCTS.primes, np.uint64)[:, None]
        total = self.columns[column].sum(axis=0, dtype=np.uint64) % primes
        return _constant(total * packing.ones(PRODUCTS)[:, ::-1] % primes)

    def product_of(self, first: str, second: str) -> tuple[int, ...]:
        """The platform's share of a sum of products; both factors stay below 2^30."""
        total = np.zeros((len(PRODUCTS.primes), PRODUCTS.ring_degree), np.uint64)
        primes = np.array(PRODUCTS.primes, np.uint64)[:, None]
        for a, b in zip(self.columns[first], self.columns[second], strict=True):
            total += a.astype(np.uint64) * b[:, ::-1] % primes
        return _constant(total)


def _constant(total: Totals) -> tuple[int, ...]:
    return tuple(
        int(row.sum()) * pow(PRODUCTS.ring_degree, -1, q) % q
        for row, q in zip(total, PRODUCTS.primes, strict=True)
    )


def publish_random(
    store: ObjectStore,
    names: tuple[str, ...],
    ciphertexts: int,
    *,
    ciphertexts_per_chunk: int,
    dataset: str = "random",
    seed: int = 1,
) -> RandomDataset:
    """Store the chunks of a dataset whose limbs are uniform, and describe them."""
    generator = np.random.default_rng(seed)
    limbs_of = {name: random_limbs(generator, ciphertexts) for name in names}
    columns = tuple(
        _store(
            store,
            f"{chunk_prefix(dataset, fingerprint('olga'), 1)}{place}",
            name,
            limbs_of[name],
            ciphertexts_per_chunk,
        )
        for place, name in enumerate(names)
    )
    manifest = replace(a_manifest(), ciphertexts=ciphertexts, columns=columns)
    return RandomDataset(manifest, limbs_of)


def random_limbs(generator: np.random.Generator, ciphertexts: int) -> Limbs:
    """c0 of as many ciphertexts, uint32[ciphertexts][k][N]."""
    words = np.empty((ciphertexts, len(PRODUCTS.primes), PRODUCTS.ring_degree), np.uint32)
    for index, prime in enumerate(PRODUCTS.primes):
        words[:, index] = generator.integers(0, prime, words[:, index].shape, np.uint32)
    return words


def _store(store: ObjectStore, prefix: str, name: str, words: Limbs, size: int) -> EncryptedColumn:
    chunks = []
    for first in range(0, len(words), size):
        part = words[first : first + size]
        data = build_chunk(
            PRODUCTS, secrets.token_bytes(32 * len(part)), part, first_ciphertext=first
        )
        key = f"{prefix}/{first:06d}"
        chunk = describe_chunk(key, data, first_ciphertext=first, ciphertexts=len(part))
        store.put(key, data, sha256=chunk.sha256)
        chunks.append(chunk)
    return EncryptedColumn(name, tuple(chunks), constants_of(words))


def constants_of(words: Limbs) -> str:
    """What a manifest says of a column: every ciphertext's constant."""
    return encode_table(packing.sum_shares(words, PRODUCTS), PRODUCTS)
