"""Datasets of random limbs: to Spark they are ciphertext like any other, and nobody holds a key."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from crypto import packing
from crypto.chunk import build_chunk
from crypto.kernels import Limbs
from crypto.parameters import PRODUCTS, SEED_BYTES, Parameters
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
    parameters: Parameters

    def sum_of(self, column: str) -> tuple[int, ...]:
        """The platform's share of a sum, by arithmetic that shares nothing with the kernels."""
        total = self.columns[column].sum(axis=0, dtype=np.uint64) % self._primes
        ones = packing.ones(self.parameters)[:, ::-1]
        return self._constant(total * ones % self._primes)

    def product_of(self, first: str, second: str) -> tuple[int, ...]:
        """The platform's share of a sum of products; both factors stay below 2^30."""
        total = np.zeros(self.columns[first].shape[1:], np.uint64)
        for a, b in zip(self.columns[first], self.columns[second], strict=True):
            total += a.astype(np.uint64) * b[:, ::-1] % self._primes
        return self._constant(total)

    @property
    def _primes(self) -> Totals:
        return np.array(self.parameters.primes, np.uint64)[:, None]

    def _constant(self, total: Totals) -> tuple[int, ...]:
        return tuple(
            int(row.sum()) * pow(self.parameters.ring_degree, -1, q) % q
            for row, q in zip(total, self.parameters.primes, strict=True)
        )


def publish_random(
    store: ObjectStore,
    names: tuple[str, ...],
    ciphertexts: int,
    *,
    ciphertexts_per_chunk: int,
    dataset: str = "random",
    seed: int = 1,
    parameters: Parameters = PRODUCTS,
) -> RandomDataset:
    """Store the chunks of a dataset whose limbs are uniform, describe them, and keep the limbs."""
    generator = np.random.default_rng(seed)
    kept = {name: random_limbs(generator, ciphertexts, parameters) for name in names}
    cuts = range(ciphertexts_per_chunk, ciphertexts, ciphertexts_per_chunk)
    parts = {name: iter(np.split(words, cuts)) for name, words in kept.items()}
    manifest = _publish(store, parts, ciphertexts, dataset, parameters)
    return RandomDataset(manifest, kept, parameters)


def publish_random_stream(
    store: ObjectStore,
    names: tuple[str, ...],
    ciphertexts: int,
    *,
    ciphertexts_per_chunk: int,
    dataset: str,
    parameters: Parameters,
) -> Manifest:
    """As `publish_random`, for any size: a chunk's limbs are forgotten once it is stored. No two
    ciphertexts are alike."""
    generator = np.random.default_rng(1)

    def parts() -> Iterator[Limbs]:
        for first in range(0, ciphertexts, ciphertexts_per_chunk):
            size = min(ciphertexts_per_chunk, ciphertexts - first)
            yield random_limbs(generator, size, parameters)

    columns = {name: parts() for name in names}
    return _publish(store, columns, ciphertexts, dataset, parameters)


def random_limbs(
    generator: np.random.Generator, ciphertexts: int, parameters: Parameters = PRODUCTS
) -> Limbs:
    """c0 of as many ciphertexts, uint32[ciphertexts][k][N]."""
    words = np.empty((ciphertexts, len(parameters.primes), parameters.ring_degree), np.uint32)
    for index, prime in enumerate(parameters.primes):
        words[:, index] = generator.integers(0, prime, words[:, index].shape, np.uint32)
    return words


def _publish(
    store: ObjectStore,
    parts: dict[str, Iterator[Limbs]],
    ciphertexts: int,
    dataset: str,
    parameters: Parameters,
) -> Manifest:
    prefix = chunk_prefix(dataset, fingerprint("olga"), 1)
    return replace(
        a_manifest(),
        ciphertexts=ciphertexts,
        columns=tuple(
            _store(store, f"{prefix}{place}", name, limbs, parameters)
            for place, (name, limbs) in enumerate(parts.items())
        ),
        parameters=parameters.name,
        parameters_digest=parameters.digest(),
    )


def _store(
    store: ObjectStore, prefix: str, name: str, parts: Iterable[Limbs], parameters: Parameters
) -> EncryptedColumn:
    chunks, constants, first = [], [], 0
    for part in parts:
        seeds = secrets.token_bytes(SEED_BYTES * len(part))
        data = build_chunk(parameters, seeds, part, first_ciphertext=first)
        key = f"{prefix}/{first:06d}"
        chunk = describe_chunk(key, data, first_ciphertext=first, ciphertexts=len(part))
        store.put(key, data, sha256=chunk.sha256)
        chunks.append(chunk)
        constants.append(constants_of(part, parameters))
        first += len(part)
    return EncryptedColumn(name, tuple(chunks), "".join(constants))


def constants_of(words: Limbs, parameters: Parameters = PRODUCTS) -> str:
    """What a manifest says of a column: every ciphertext's constant."""
    return encode_table(packing.sum_shares(words, parameters), parameters)
