"""The frozen vectors of tests/vectors, read and checked case by case."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np

from crypto import seeds, shares
from crypto.canonical import Json
from crypto.chunk import build_chunk
from crypto.parameters import AGG

VECTORS = Path(__file__).parent.parent / "vectors"


def read(name: str) -> Json:
    return json.loads((VECTORS / f"{name}.json").read_text())


def test_seeds_expand_as_recorded() -> None:
    vectors = read("c1_expansion")
    assert vectors["parameters"] == AGG.digest()
    assert len(vectors["cases"]) == 3
    for case in vectors["cases"]:
        c1 = seeds.expand_c1(bytes.fromhex(case["seed"]), int(case["ciphertext"]), AGG)
        assert c1[:, :4].tolist() == case["first_words"]
        assert hashlib.sha256(c1.astype("<u4").tobytes()).hexdigest() == case["sha256"]


def test_chunks_are_written_as_recorded() -> None:
    vectors = read("chunk")
    table = b"".join(bytes([i]) * 32 for i in range(3))
    first = vectors["first_ciphertext"]
    c1 = seeds.expand_c1_batch(table, first, AGG)
    c0 = np.ascontiguousarray(c1[::-1])
    for case in vectors["cases"]:
        unpacked = c1 if case["form"] == "c1-unpacked" else None
        data = build_chunk(AGG, table, c0, first_ciphertext=first, c1=unpacked)
        assert (len(data), data[:192].hex()) == (case["bytes"], case["head"])
        assert hashlib.sha256(data).hexdigest() == case["sha256"]
    assert [case["form"] for case in vectors["cases"]] == ["seed-only", "c1-unpacked"]


def test_shares_are_encoded_as_recorded() -> None:
    vectors = read("shares")
    assert int(vectors["modulus"]) == AGG.modulus
    zero = shares.reduce_integer(0, AGG)
    for case in vectors["cases"]:
        residues = shares.decode_residues(case["residues"], AGG)
        assert residues == shares.reduce_integer(int(case["integer"]), AGG)
        assert shares.combine(residues, zero, AGG) == int(case["integer"])
    assert len(vectors["cases"]) == 5


def test_platform_digests_are_as_recorded() -> None:
    for case in read("platform_digest")["cases"]:
        named = [(output, tuple(residues)) for output, residues in case["outputs"]]
        assert shares.platform_digest(named, AGG) == case["digest"]
    assert len(read("platform_digest")["cases"]) == 3
