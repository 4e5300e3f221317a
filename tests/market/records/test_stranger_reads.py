"""A reader written from market/records/FORMATS.md and crypto/FORMATS.md alone.

It imports nothing of this project: hashlib, json, struct and an Ed25519 verifier are enough.
"""

from __future__ import annotations

import hashlib
import json
import re
import struct
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

VECTORS = Path(__file__).parents[2] / "vectors"
SIGNED = json.loads((VECTORS / "signed_records.json").read_text())["cases"]


def canonical(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode()


def digest(tag: str, data: bytes) -> str:
    return hashlib.sha256(tag.encode() + b"\x00" + data).hexdigest()


def verified(text: str) -> dict[str, Any]:
    document = json.loads(text)
    assert canonical(document) == text.encode()
    assert set(document) == {"record", "signature", "signer", "tag"}
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(document["signer"]))
    message = document["tag"].encode() + b"\x00" + canonical(document["record"])
    key.verify(bytes.fromhex(document["signature"]), message)
    return dict(document)


@pytest.mark.parametrize("case", SIGNED, ids=lambda case: case["tag"])
def test_stranger_verifies_and_names_every_record(case: dict[str, str]) -> None:
    document = verified(case["document"])
    assert digest(document["tag"], canonical(document["record"])) == case["hash"]
    with pytest.raises(InvalidSignature):
        verified(case["document"].replace(document["tag"], document["tag"][:-1] + "9"))


def test_stranger_follows_a_job_through_its_records() -> None:
    found = {case["tag"]: verified(case["document"])["record"] for case in SIGNED}
    hashes = {case["tag"]: case["hash"] for case in SIGNED}
    request, approval = found["market/request/5"], found["market/approval/2"]
    envelope, receipt = found["market/envelope/3"], found["market/receipt/2"]
    (asked,) = request["datasets"]
    assert asked["manifest_hash"] == hashes["market/manifest/2"]
    assert approval["request_hash"] == receipt["request_hash"] == hashes["market/request/5"]
    assert approval["party"] == envelope["header"]["agent"] == request["parties"][0]
    assert receipt["envelope_hash"] == hashes["market/envelope/3"]
    (party,) = found["market/delivery-statement/3"]["parties"]
    assert party["receipt_hash"] == hashes["market/receipt/2"]


def test_stranger_computes_plan_hash_commitment_and_info() -> None:
    found = json.loads((VECTORS / "record_digests.json").read_text())
    plan, commitment = found["plan"], found["commitment"]
    schemas = [digest("market/schema/3", canonical(schema)) for schema in plan["schemas"]]
    named = {"plan": plan["plan"], "schemas": schemas, "version": plan["plan"]["version"]}
    assert digest("market/plan/3", canonical(named)) == plan["hash"]
    opened = {"plan": commitment["plan_hash"], "salt": commitment["salt"]}
    assert digest("market/plan-commitment/1", canonical(opened)) == commitment["commitment"]
    sealed = found["envelope"]
    keys = bytes.fromhex(sealed["agent"]) + bytes.fromhex(sealed["recipient_key"])
    assert sealed["info"] == (b"envelope/v1" + keys).hex()


@pytest.mark.parametrize("case", json.loads((VECTORS / "chunk.json").read_text())["cases"])
def test_stranger_reads_the_head_of_a_chunk(case: dict[str, Any]) -> None:
    head = bytes.fromhex(case["head"])
    magic, version, form, _, first, count, polynomials, primes, degree, zero = struct.unpack_from(
        "<4sHH32sQIHHII", head
    )
    assert (magic, version, zero) == (b"ECT1", 1, 0)
    assert {1: "seed-only", 2: "c1-unpacked"}[form] == case["form"]
    assert (first, count, polynomials) == (250, case["ciphertexts"], form)
    seeds = [head[64 + 32 * place : 96 + 32 * place] for place in range(count)]
    assert seeds == [bytes([place]) * 32 for place in range(count)]
    limbs = 64 + 32 * count + -(64 + 32 * count) % 64
    assert head[64 + 32 * count : limbs] == bytes(limbs - 64 - 32 * count)
    assert case["bytes"] == limbs + polynomials * count * primes * degree * 4


def test_page_lays_a_chunk_out_as_the_stranger_reads_it() -> None:
    page = (Path(__file__).parents[3] / "crypto" / "FORMATS.md").read_text()
    rows = re.findall(r"^\| (\d+) \| (\d+) \|", page, re.MULTILINE)
    sizes = [int(size) for _, size in rows]
    assert [int(offset) for offset, _ in rows] == [sum(sizes[:place]) for place in range(len(rows))]
    assert sizes == [4, 2, 2, 32, 8, 4, 2, 2, 4, 4]
    assert sum(sizes) == struct.calcsize("<4sHH32sQIHHII") == 64
