"""The frozen vectors of tests/vectors, read and checked case by case."""

from __future__ import annotations

import hashlib
import json
from fractions import Fraction
from pathlib import Path

import numpy as np

from crypto import seeds, shares
from crypto.canonical import Json
from crypto.chunk import build_chunk
from crypto.keystream import keystream
from crypto.parameters import PRODUCTS, by_name

VECTORS = Path(__file__).parent.parent / "vectors"


def read(name: str) -> Json:
    return json.loads((VECTORS / f"{name}.json").read_text())


def test_seeds_expand_as_recorded() -> None:
    vectors = read("c1_expansion")
    assert vectors["parameters"] == PRODUCTS.digest()
    assert len(vectors["cases"]) == 3
    for case in vectors["cases"]:
        c1 = seeds.expand_c1(bytes.fromhex(case["seed"]), int(case["ciphertext"]), PRODUCTS)
        assert c1[:, :4].tolist() == case["first_words"]
        assert hashlib.sha256(c1.astype("<u4").tobytes()).hexdigest() == case["sha256"]


def test_chunks_are_written_as_recorded() -> None:
    vectors = read("chunk")
    table = b"".join(bytes([i]) * 32 for i in range(3))
    first = vectors["first_ciphertext"]
    c1 = seeds.expand_c1_batch(table, first, PRODUCTS)
    c0 = np.ascontiguousarray(c1[::-1])
    for case in vectors["cases"]:
        unpacked = c1 if case["form"] == "c1-unpacked" else None
        data = build_chunk(PRODUCTS, table, c0, first_ciphertext=first, c1=unpacked)
        assert (len(data), data[:192].hex()) == (case["bytes"], case["head"])
        assert hashlib.sha256(data).hexdigest() == case["sha256"]
    assert [case["form"] for case in vectors["cases"]] == ["seed-only", "c1-unpacked"]


def test_shares_are_encoded_as_recorded() -> None:
    vectors = read("shares")
    assert int(vectors["modulus"]) == PRODUCTS.modulus
    zero = shares.reduce_integer(0, PRODUCTS)
    for case in vectors["cases"]:
        residues = shares.decode_residues(case["residues"], PRODUCTS)
        assert residues == shares.reduce_integer(int(case["integer"]), PRODUCTS)
        assert shares.combine(residues, zero, PRODUCTS) == int(case["integer"])
    assert len(vectors["cases"]) == 5


def test_platform_digests_are_as_recorded() -> None:
    for case in read("platform_digest")["cases"]:
        named = [(output, tuple(residues)) for output, residues in case["outputs"]]
        assert shares.platform_digest(named, PRODUCTS) == case["digest"]
    assert len(read("platform_digest")["cases"]) == 3


def test_ciphertexts_are_made_as_recorded() -> None:
    """By crypto/FORMATS.md in whole integers, without the transform: a few words, and both
    constants by their definition over coefficients."""
    vectors = read("encryption")
    assert [case["parameters"] for case in vectors["cases"]] == ["SUMS", "PRODUCTS"]
    degree = 8192
    key = [j % 3 - 1 for j in range(degree)]
    for case in vectors["cases"]:
        chosen = by_name(case["parameters"])
        assert vectors["digests"][chosen.name] == chosen.digest()
        stream = keystream(bytes.fromhex(case["error_key"]), bytes(16), 8 * degree)
        drawn = np.frombuffer(stream, "<u8").tolist()
        errors = [
            (word & 0x1FFFFF).bit_count() - (word >> 21 & 0x1FFFFF).bit_count() for word in drawn
        ]
        exact = [round(Fraction((j % 255 - 127) / 127) * chosen.unit(1)) for j in range(degree)]
        noisy = [m + e for m, e in zip(exact, errors, strict=True)]
        c1 = seeds.expand_c1(bytes.fromhex(case["seed"]), 0, chosen).tolist()
        for row, q, words in zip(case["c0_first_words"], chosen.primes, c1, strict=True):
            psi = smallest_root(q, degree)
            # Words 0 to 3 stand at exponents 2 br(j) + 1.
            for j, reversed_j in enumerate((0, 4096, 2048, 6144)):
                x = pow(psi, 2 * reversed_j + 1, q)
                phase, s = (evaluated(polynomial, x, q) for polynomial in (noisy, key))
                assert row[j] == (phase - words[j] * s) % q
        both = [
            shares.decode_residues(case[name], chosen)
            for name in ("platform_constant", "key_holder_constant")
        ]
        assert shares.combine(*both, chosen) == sum(noisy)


def smallest_root(q: int, degree: int) -> int:
    found = next(r for g in range(2, 99) if pow(r := pow(g, q // (2 * degree), q), degree, q) != 1)
    return min(pow(found, odd, q) for odd in range(1, 2 * degree, 2))


def evaluated(polynomial: list[int], x: int, q: int) -> int:
    value = 0
    for coefficient in reversed(polynomial):
        value = (value * x + coefficient) % q
    return value
