"""A sealed stream opens whole and in order, or fails."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import FormatError
from crypto.sealed_stream import BLOCK_BYTES, seal, unseal
from crypto.secret import Secret

KEY, PREFIX, WHAT = Secret(bytes(range(32))), bytes(7), b"test"
SEALED_BYTES = BLOCK_BYTES + 16


def sealed(*parts: bytes, key: Secret = KEY, what: bytes = WHAT) -> bytes:
    return b"".join(seal(parts, key, PREFIX, associated=what))


def opened(data: bytes, key: Secret = KEY, what: bytes = WHAT) -> bytes:
    return b"".join(unseal(io.BytesIO(data).read, key, PREFIX, associated=what))


@given(st.lists(st.integers(0, 2 * BLOCK_BYTES), max_size=4))
def test_stream_comes_back_however_it_was_cut(sizes: list[int]) -> None:
    parts = [bytes([index]) * size for index, size in enumerate(sizes)]
    data = sealed(*parts)
    assert opened(data) == b"".join(parts)
    blocks = max(1, -(-sum(sizes) // BLOCK_BYTES))
    assert len(data) == sum(sizes) + 16 * blocks


def test_stranger_reads_it_by_the_page() -> None:
    plain = bytes(BLOCK_BYTES) + b"the last block"
    data = sealed(plain)
    first, last = data[:SEALED_BYTES], data[SEALED_BYTES:]
    cipher = AESGCM(bytes(range(32)))
    told = cipher.decrypt(bytes(7) + b"\0\0\0\0" + b"\0", first, b"test")
    told += cipher.decrypt(bytes(7) + b"\0\0\0\1" + b"\1", last, b"test")
    assert told == plain


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data[:SEALED_BYTES],
        lambda data: data[: 2 * SEALED_BYTES],
        lambda data: data[:-1],
        lambda data: data + b"\0",
        lambda data: data[SEALED_BYTES:],
        lambda data: data[SEALED_BYTES : 2 * SEALED_BYTES] + data[:SEALED_BYTES],
        lambda data: data[:SEALED_BYTES] + data,
        lambda data: data[:100] + bytes([data[100] ^ 1]) + data[101:],
        lambda data: data[:0],
    ],
    ids=["one", "two", "cut", "longer", "headless", "swapped", "doubled", "altered", "empty"],
)
def test_stream_with_a_block_lost_moved_doubled_or_altered_fails(
    change: Callable[[bytes], bytes],
) -> None:
    data = sealed(bytes(2 * BLOCK_BYTES) + b"the last block")
    with pytest.raises(FormatError, match="sealed stream"):
        opened(change(data))


def test_other_key_prefix_or_purpose_opens_nothing() -> None:
    data = sealed(b"text")
    for wrong in ({"key": Secret(bytes(32))}, {"what": b"other"}):
        with pytest.raises(FormatError):
            opened(data, **wrong)  # type: ignore[arg-type]
    with pytest.raises(FormatError, match="7"):
        next(seal([b"text"], KEY, bytes(8), associated=WHAT))
