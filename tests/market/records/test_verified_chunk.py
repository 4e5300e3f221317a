"""What is computed on is what the owner signed, byte for byte, and well formed."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.chunk import build_chunk
from crypto.parameters import PRODUCTS
from market.records.manifest import Chunk
from market.records.verified_chunk import ChunkRefused, describe_chunk, verified_chunk

LIMBS = np.arange(2 * len(PRODUCTS.primes) * PRODUCTS.ring_degree, dtype=np.uint32) % 1_000
DATA = build_chunk(
    PRODUCTS,
    bytes(range(64)),
    LIMBS.reshape(2, len(PRODUCTS.primes), PRODUCTS.ring_degree),
    first_ciphertext=6,
)


def signed_as(data: bytes, *, first: int = 6, count: int = 2) -> Chunk:
    return describe_chunk("datasets/d/a.ect", data, first_ciphertext=first, ciphertexts=count)


def code(chunk: Chunk, data: bytes) -> str:
    with pytest.raises(ChunkRefused) as refused:
        verified_chunk(chunk, data, PRODUCTS)
    assert chunk.key in refused.value.message
    return refused.value.code


def test_signed_bytes_are_read_without_a_copy() -> None:
    parsed = verified_chunk(signed_as(DATA), DATA, PRODUCTS)
    assert (parsed.first_ciphertext, parsed.ciphertexts) == (6, 2)
    assert np.shares_memory(parsed.c0, np.frombuffer(DATA, np.uint8))


@given(at=st.integers(0, len(DATA) - 1), bit=st.integers(0, 7))
def test_any_other_byte_is_altered(at: int, bit: int) -> None:
    changed = DATA[:at] + bytes([DATA[at] ^ 1 << bit]) + DATA[at + 1 :]
    assert code(signed_as(DATA), changed) == "chunk-altered"


@pytest.mark.parametrize("data", [b"", DATA[:-1], DATA + b"\0", b"x" * len(DATA)])
def test_bytes_of_another_form_are_malformed_though_signed(data: bytes) -> None:
    assert code(signed_as(data), data) == "chunk-malformed"


@pytest.mark.parametrize(("first", "count"), [(5, 2), (6, 1), (6, 3)])
def test_place_in_the_column_is_the_manifests(first: int, count: int) -> None:
    assert code(signed_as(DATA, first=first, count=count), DATA) == "chunk-malformed"


def test_the_manifests_digest_counts_and_not_the_stores() -> None:
    signed = signed_as(DATA)
    other = replace(signed, sha256="0" * 64)
    assert verified_chunk(other, DATA, PRODUCTS).ciphertexts == 2
    assert code(replace(signed, digest=signed.sha256), DATA) == "chunk-altered"


def test_refusal_survives_the_way_from_worker_to_driver() -> None:
    refused = pickle.loads(pickle.dumps(ChunkRefused("chunk-missing", "gone")))  # noqa: S301
    assert (refused.code, refused.message) == ("chunk-missing", "gone")
