from __future__ import annotations

import copy
import hashlib
import os
import pickle
from dataclasses import replace

import numpy as np
import pytest

from crypto import limbs
from crypto.chunk import Chunk, build_chunk, parse_chunk
from crypto.errors import FormatError, ParameterError
from crypto.parameters import AGG
from crypto.secret import Secret
from crypto.secret_key import CkksSecretKey, key_holder_constants, product_shares
from crypto.seeds import expand_c1_batch
from crypto.shares import sum_residues

OTHER = replace(AGG, name="other", scale_log2=50)


def random_chunk(count: int, first: int = 0, *, unpacked: bool = False) -> Chunk:
    """c0 uniform: the key holder's arithmetic knows no plaintext."""
    c0 = expand_c1_batch(os.urandom(32 * count), 0, AGG)
    seeds = os.urandom(32 * count)
    c1 = expand_c1_batch(seeds, first, AGG) if unpacked else None
    data = build_chunk(AGG, seeds, c0, first_ciphertext=first, c1=c1)
    return parse_chunk(data, AGG, expected_ciphertexts=count)


def test_key_reads_back_and_keeps_its_id(key: CkksSecretKey) -> None:
    again = CkksSecretKey.from_secret(key.to_secret(), AGG)
    assert again.key_id() == key.key_id()
    assert (again.words == key.words).all()
    assert len(key.key_id()) == 64
    assert CkksSecretKey.generate(AGG).key_id() != key.key_id()


def test_square_is_the_product_of_the_key_with_itself(key: CkksSecretKey) -> None:
    moduli = np.array(AGG.primes, np.uint64)[:, None]
    assert (key.squared == key.words.astype(np.uint64) ** 2 % moduli).all()


def test_key_never_shows_itself(key: CkksSecretKey) -> None:
    for text in (repr(key), str(key), f"{key}", f"{[key]}", "%s" % key):  # noqa: UP031
        assert text.strip("[]") == "<secret>"
    for copied in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="never pickled"):
            copied(key)
    with pytest.raises(TypeError, match="no hash"):
        hash(key)


def test_key_words_cannot_be_written(key: CkksSecretKey) -> None:
    for words in (key.words, key.squared):
        with pytest.raises(ValueError, match="read-only"):
            words[0, 0] = 1


@pytest.mark.parametrize("at", [0, 5, 8, 20, 44, 100_000, -33, -1])
def test_altered_key_is_refused(at: int, key: CkksSecretKey) -> None:
    data = bytearray(key.to_secret().reveal())
    data[at] ^= 1
    with pytest.raises(FormatError):
        CkksSecretKey.from_secret(Secret(bytes(data)), AGG)


def test_key_of_another_length_or_set_is_refused(key: CkksSecretKey) -> None:
    data = key.to_secret().reveal()
    for other in (b"", data[:-1], data + b"\0"):
        with pytest.raises(FormatError, match="another length"):
            CkksSecretKey.from_secret(Secret(other), AGG)
    with pytest.raises(FormatError, match="under other"):
        CkksSecretKey.from_secret(key.to_secret(), OTHER)


def test_unreduced_key_is_refused(key: CkksSecretKey) -> None:
    body = bytearray(key.to_secret().reveal()[:-32])
    body[44:48] = b"\xff" * 4
    data = bytes(body) + hashlib.sha256(body).digest()
    with pytest.raises(FormatError, match="not reduced") as refusal:
        CkksSecretKey.from_secret(Secret(data), AGG)
    assert "ff" not in str(refusal.value)


def test_holder_constants_are_the_dot_products_with_the_key(key: CkksSecretKey) -> None:
    c1 = expand_c1_batch(os.urandom(64), 0, AGG)
    for ciphertext, residues in zip(c1, key_holder_constants(key, c1), strict=True):
        for row, s, q, residue in zip(ciphertext, key.words, AGG.primes, residues, strict=True):
            dot = int((row.astype(object) * s.astype(object)).sum())
            assert residue * AGG.ring_degree % q == dot % q


def test_product_share_is_the_formula_in_whole_integers(key: CkksSecretKey) -> None:
    a, b = random_chunk(2, 5), random_chunk(2, 5)
    c1, d1 = (expand_c1_batch(chunk.seeds, 5, AGG).astype(object) for chunk in (a, b))
    c0, d0, s = a.c0.astype(object), b.c0.astype(object), key.words.astype(object)
    key_holder, platform = product_shares(key, a, b)
    words = ((c0 * d1 + c1 * d0) * s + c1 * d1 * s * s).sum(axis=(0, 2))
    plain = (c0 * d0).sum(axis=(0, 2))
    for at, q in enumerate(AGG.primes):
        assert key_holder[at] * AGG.ring_degree % q == words[at] % q
        assert platform[at] * AGG.ring_degree % q == plain[at] % q


def test_recomputation_in_blocks_is_the_sum_of_its_ciphertexts(key: CkksSecretKey) -> None:
    count = 67
    a = random_chunk(count)
    whole = product_shares(key, a, a)
    c1 = expand_c1_batch(a.seeds, 0, AGG)
    t0, t1, t2 = limbs.tensor_limbs(a.c0, c1, a.c0, c1, AGG.primes)
    (linear,) = limbs.constant_coefficients(t1[None], key.words, AGG.primes)
    (quadratic,) = limbs.constant_coefficients(t2[None], key.squared, AGG.primes)
    assert whole[0] == sum_residues((linear, quadratic), AGG)
    assert whole[1] == limbs.constant_coefficient(t0, AGG.primes)


def test_both_forms_give_one_share(key: CkksSecretKey) -> None:
    unpacked, b = random_chunk(2, unpacked=True), random_chunk(2)
    packed = replace(unpacked, c1=None)
    assert product_shares(key, unpacked, b) == product_shares(key, packed, b)


def test_chunks_that_do_not_fit_are_refused(key: CkksSecretKey) -> None:
    a = random_chunk(2, 4)
    for other in (random_chunk(1, 4), random_chunk(2, 5)):
        with pytest.raises(ParameterError, match="same ciphertexts"):
            product_shares(key, a, other)
    with pytest.raises(ParameterError, match="under other"):
        product_shares(key, a, replace(a, parameters=OTHER))
