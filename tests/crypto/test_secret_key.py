from __future__ import annotations

import copy
import hashlib
import os
import pickle
from dataclasses import replace

import numpy as np
import pytest

from crypto import ntt
from crypto.chunk import Chunk, build_chunk, parse_chunk
from crypto.errors import FormatError, ParameterError
from crypto.parameters import PRODUCTS
from crypto.secret import Secret
from crypto.secret_key import (
    CkksSecretKey,
    Workspace,
    factor,
    key_holder_constants,
    product_shares,
)
from crypto.seeds import expand_c1_batch
from crypto.shares import Residues, sum_residues

OTHER = replace(PRODUCTS, name="other", scale_log2=50)


def random_chunk(count: int, first: int = 0, *, unpacked: bool = False) -> Chunk:
    """c0 uniform: the key holder's arithmetic knows no plaintext."""
    c0 = expand_c1_batch(os.urandom(32 * count), 0, PRODUCTS)
    seeds = os.urandom(32 * count)
    c1 = expand_c1_batch(seeds, first, PRODUCTS) if unpacked else None
    data = build_chunk(PRODUCTS, seeds, c0, first_ciphertext=first, c1=c1)
    return parse_chunk(data, PRODUCTS, expected_ciphertexts=count)


def shares_of(key: CkksSecretKey, a: Chunk, b: Chunk) -> tuple[Residues, Residues]:
    return product_shares(factor(key, a), factor(key, b))


def one(chunk: Chunk, at: int) -> Chunk:
    seed = chunk.seeds[32 * at : 32 * at + 32]
    first = chunk.first_ciphertext + at
    return replace(chunk, first_ciphertext=first, seeds=seed, c0=chunk.c0[at : at + 1])


def test_key_reads_back_and_keeps_its_id(key: CkksSecretKey) -> None:
    again = CkksSecretKey.from_secret(key.to_secret(), PRODUCTS)
    assert again.key_id() == key.key_id()
    assert (again.words == key.words).all()
    assert len(key.key_id()) == 64
    assert CkksSecretKey.generate(PRODUCTS).key_id() != key.key_id()


def test_what_the_key_is_multiplied_with_beforehand(key: CkksSecretKey) -> None:
    moduli = np.array(PRODUCTS.primes, object)[:, None]
    words, ones = key.words.astype(object), ntt.words_of(np.ones(8192, np.int64), PRODUCTS)
    assert (key.sum_key == words[:, ::-1] * ones % moduli).all()
    assert (key.companions == (words << 32) // moduli).all()


def test_key_never_shows_itself(key: CkksSecretKey) -> None:
    for text in (repr(key), str(key), f"{key}", f"{[key]}", "%s" % key):  # noqa: UP031
        assert text.strip("[]") == "<secret>"
    for copied in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="never pickled"):
            copied(key)
    with pytest.raises(TypeError, match="no hash"):
        hash(key)


def test_a_factor_never_shows_itself(key: CkksSecretKey) -> None:
    assert repr(factor(key, random_chunk(1))) == "<secret>"


def test_key_words_cannot_be_written(key: CkksSecretKey) -> None:
    for words in (key.words, key.sum_key, key.companions):
        with pytest.raises(ValueError, match="read-only"):
            words[0, 0] = 1


@pytest.mark.parametrize("at", [0, 5, 8, 20, 44, 100_000, -33, -1])
def test_altered_key_is_refused(at: int, key: CkksSecretKey) -> None:
    data = bytearray(key.to_secret().reveal())
    data[at] ^= 1
    with pytest.raises(FormatError):
        CkksSecretKey.from_secret(Secret(bytes(data)), PRODUCTS)


def test_key_of_another_length_or_set_is_refused(key: CkksSecretKey) -> None:
    data = key.to_secret().reveal()
    for other in (b"", data[:-1], data + b"\0"):
        with pytest.raises(FormatError, match="another length"):
            CkksSecretKey.from_secret(Secret(other), PRODUCTS)
    with pytest.raises(FormatError, match="under other"):
        CkksSecretKey.from_secret(key.to_secret(), OTHER)


def test_unreduced_key_is_refused(key: CkksSecretKey) -> None:
    body = bytearray(key.to_secret().reveal()[:-32])
    body[44:48] = b"\xff" * 4
    data = bytes(body) + hashlib.sha256(body).digest()
    with pytest.raises(FormatError, match="not reduced") as refusal:
        CkksSecretKey.from_secret(Secret(data), PRODUCTS)
    assert "ff" not in str(refusal.value)


def test_holder_constants_are_the_dot_products_with_the_key(key: CkksSecretKey) -> None:
    c1 = expand_c1_batch(os.urandom(64), 0, PRODUCTS)
    for ciphertext, residues in zip(c1, key_holder_constants(key, c1), strict=True):
        for row, s, q, residue in zip(
            ciphertext, key.sum_key[:, ::-1], PRODUCTS.primes, residues, strict=True
        ):
            dot = int((row.astype(object) * s.astype(object)).sum())
            assert residue * PRODUCTS.ring_degree % q == dot % q


def test_product_share_is_the_formula_in_whole_integers(key: CkksSecretKey) -> None:
    a, b = random_chunk(2, 5), random_chunk(2, 5)
    c1, d1 = (expand_c1_batch(chunk.seeds, 5, PRODUCTS).astype(object) for chunk in (a, b))
    c0, d0, s = a.c0.astype(object), b.c0.astype(object), key.words.astype(object)
    key_holder, platform = shares_of(key, a, b)
    d0, d1, mirrored = d0[..., ::-1], d1[..., ::-1], s[..., ::-1]
    words = (c0 * d1 * mirrored + c1 * d0 * s + c1 * d1 * s * mirrored).sum(axis=(0, 2))
    plain = (c0 * d0).sum(axis=(0, 2))
    for at, q in enumerate(PRODUCTS.primes):
        assert key_holder[at] * PRODUCTS.ring_degree % q == words[at] % q
        assert platform[at] * PRODUCTS.ring_degree % q == plain[at] % q


def test_recomputation_in_blocks_is_the_sum_of_its_ciphertexts(key: CkksSecretKey) -> None:
    a, b = random_chunk(67), random_chunk(67)
    whole = shares_of(key, a, b)
    singly = [shares_of(key, one(a, at), one(b, at)) for at in range(67)]
    for half in (0, 1):
        assert whole[half] == sum_residues((shares[half] for shares in singly), PRODUCTS)


def test_a_workspace_used_again_gives_the_same_shares(key: CkksSecretKey) -> None:
    a, b, room = random_chunk(7, 5), random_chunk(7, 5), Workspace(PRODUCTS)
    parts = [
        product_shares(
            factor(key, a.part(first, 3), column="a", workspace=room),
            factor(key, b.part(first, 3), column="b", workspace=room),
        )
        for first in (0, 3, 6)
    ]
    for half, whole in enumerate(shares_of(key, a, b)):
        assert whole == sum_residues((shares[half] for shares in parts), PRODUCTS)
    assert repr(room) == "<secret>"


def test_both_forms_give_one_share(key: CkksSecretKey) -> None:
    unpacked, b = random_chunk(2, unpacked=True), random_chunk(2)
    packed = replace(unpacked, c1=None)
    assert shares_of(key, unpacked, b) == shares_of(key, packed, b)


def test_chunks_that_do_not_fit_are_refused(key: CkksSecretKey) -> None:
    a = random_chunk(2, 4)
    for other in (random_chunk(1, 4), random_chunk(2, 5)):
        with pytest.raises(ParameterError, match="same ciphertexts"):
            shares_of(key, a, other)
    with pytest.raises(ParameterError, match="under other"):
        shares_of(key, a, replace(a, parameters=OTHER))
