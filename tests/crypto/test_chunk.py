from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto import seeds
from crypto.chunk import Chunk, build_chunk, parse_chunk
from crypto.chunk_size import HEADER_BYTES, chunk_bytes
from crypto.errors import FormatError, ParameterError
from crypto.parameters import PRODUCTS

COUNT, FIRST = 3, 250
SEEDS = b"".join(bytes([i]) * 32 for i in range(COUNT))
C1 = seeds.expand_c1_batch(SEEDS, FIRST, PRODUCTS)
C0 = C1[::-1].copy()
SEED_ONLY = build_chunk(PRODUCTS, SEEDS, C0, first_ciphertext=FIRST)
UNPACKED = build_chunk(PRODUCTS, SEEDS, C0, first_ciphertext=FIRST, c1=C1)
LIMBS = 192


def parse(data: bytes) -> Chunk:
    return parse_chunk(data, PRODUCTS, expected_ciphertexts=COUNT)


def rebuild(chunk: Chunk) -> bytes:
    first = chunk.first_ciphertext
    return build_chunk(PRODUCTS, chunk.seeds, chunk.c0, first_ciphertext=first, c1=chunk.c1)


@pytest.mark.parametrize(("data", "form"), [(SEED_ONLY, "seed-only"), (UNPACKED, "c1-unpacked")])
def test_both_forms_read_back(data: bytes, form: str) -> None:
    chunk = parse(data)
    assert (chunk.form, chunk.first_ciphertext, chunk.ciphertexts) == (form, FIRST, COUNT)
    assert (chunk.c0 == C0).all()
    assert chunk.seeds == SEEDS
    assert (chunk.c1 is None) if form == "seed-only" else (chunk.c1 == C1).all()
    assert rebuild(chunk) == data
    assert len(data) == chunk_bytes(COUNT, chunk.form, PRODUCTS)


@pytest.mark.parametrize(("first", "count", "stop"), [(0, 1, 1), (1, 2, 3), (2, 4, 3)])
@pytest.mark.parametrize("data", [SEED_ONLY, UNPACKED], ids=["seed-only", "c1-unpacked"])
def test_a_part_is_the_chunk_of_some_ciphertexts(
    data: bytes, first: int, count: int, stop: int
) -> None:
    chosen = slice(first, stop)
    alone = build_chunk(
        PRODUCTS,
        SEEDS[32 * first : 32 * stop],
        C0[chosen],
        first_ciphertext=FIRST + first,
        c1=None if data is SEED_ONLY else C1[chosen],
    )
    assert rebuild(parse(data).part(first, count)) == alone


def test_views_lie_on_the_buffer_and_cannot_be_written() -> None:
    buffer = bytearray(UNPACKED)
    chunk = parse(buffer)
    assert np.shares_memory(chunk.c0, np.frombuffer(buffer, np.uint8))
    assert chunk.c0.flags.c_contiguous
    assert not chunk.c0.flags.writeable
    assert chunk.c1 is not None
    assert not chunk.c1.flags.writeable


@pytest.mark.parametrize("length", [*range(HEADER_BYTES + 2), LIMBS - 1, LIMBS, LIMBS + 4])
def test_truncated_chunk_is_refused(length: int) -> None:
    with pytest.raises(FormatError):
        parse(SEED_ONLY[:length])


def test_trailing_bytes_are_refused() -> None:
    for data in (SEED_ONLY + b"\0", SEED_ONLY[:-1], UNPACKED + bytes(64)):
        with pytest.raises(FormatError, match="expected"):
            parse(data)


@pytest.mark.parametrize("bit", range(8 * HEADER_BYTES))
def test_every_bit_of_the_header_counts(bit: int) -> None:
    mutated = bytearray(SEED_ONLY)
    mutated[bit // 8] ^= 1 << bit % 8
    if 40 <= bit // 8 < 48 and bit != 8 * 47 + 7:
        # The index is a free number: another one is another chunk, which says so.
        assert parse(bytes(mutated)).first_ciphertext == FIRST ^ 1 << bit - 320
    else:
        with pytest.raises(FormatError):
            parse(bytes(mutated))


@settings(max_examples=200)
@given(
    st.sampled_from([SEED_ONLY, UNPACKED]),
    st.lists(st.tuples(st.integers(0, len(SEED_ONLY) - 1), st.integers(0, 255)), min_size=1),
)
def test_mutated_chunk_is_refused_or_is_what_it_says(
    data: bytes, changes: list[tuple[int, int]]
) -> None:
    mutated = bytearray(data)
    for at, value in changes:
        mutated[at] = value
    try:
        chunk = parse(bytes(mutated))
    except FormatError:
        return
    assert rebuild(chunk) == mutated


@settings(max_examples=200)
@given(st.binary(max_size=400), st.integers(0, 200))
def test_foreign_bytes_are_refused(tail: bytes, kept: int) -> None:
    with pytest.raises(FormatError):
        parse(SEED_ONLY[:kept] + tail)


@pytest.mark.parametrize("at", [(0, 0, 0), (1, 2, 100), (2, 4, 8191)])
@pytest.mark.parametrize("component", [0, 1])
def test_limb_at_or_above_its_prime_is_refused(at: tuple[int, int, int], component: int) -> None:
    mutated = bytearray(UNPACKED)
    views = np.frombuffer(mutated, "<u4", offset=LIMBS).reshape(2, *C0.shape)
    views[(component, *at)] = PRODUCTS.primes[at[1]] - 1
    parse(bytes(mutated))
    views[(component, *at)] += 1
    with pytest.raises(FormatError, match="not below its prime"):
        parse(bytes(mutated))


def test_another_count_than_expected_is_refused() -> None:
    for count in (0, 1, COUNT - 1, COUNT + 1, 2**32, -1):
        with pytest.raises(FormatError):
            parse_chunk(SEED_ONLY, PRODUCTS, expected_ciphertexts=count)


def test_padding_must_be_zero() -> None:
    mutated = bytearray(SEED_ONLY)
    mutated[LIMBS - 1] = 1
    with pytest.raises(FormatError, match="padding"):
        parse(bytes(mutated))


def test_a_seed_stands_once() -> None:
    twice = SEEDS[:32] * 2 + SEEDS[64:]
    with pytest.raises(ParameterError, match="distinct seeds"):
        build_chunk(PRODUCTS, twice, C0, first_ciphertext=0)
    mutated = SEED_ONLY[:HEADER_BYTES] + twice + SEED_ONLY[HEADER_BYTES + len(twice) :]
    with pytest.raises(FormatError, match="a seed twice"):
        parse(mutated)


def test_writer_refuses_what_the_reader_would() -> None:
    high = C0.copy()
    high[0, 0, 0] = PRODUCTS.primes[0]
    for table, c0, first, c1 in [
        (SEEDS[1:], C0, 0, None),
        (SEEDS, C0[:2], 0, None),
        (SEEDS, C0[:, :4], 0, None),
        (SEEDS, C0, 0, C1[:2]),
        (SEEDS, C0, -1, None),
        (SEEDS, C0, 2**63, None),
        (SEEDS, high, 0, None),
        (SEEDS, C0, 0, high),
        (b"", C0[:0], 0, None),
    ]:
        with pytest.raises(ParameterError):
            build_chunk(PRODUCTS, table, c0, first_ciphertext=first, c1=c1)
