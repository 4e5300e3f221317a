"""The frozen documents of tests/vectors: this code writes and reads each, and no damaged one."""

from __future__ import annotations

import dataclasses
import importlib
import itertools
import json
import pkgutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crypto import canonical
from crypto.envelope import envelope_info
from crypto.errors import CryptoError
from crypto.identity import SigningKey
from crypto.secret import Secret
from market import records, wire
from market.agent.release import receipt_id
from market.plan.plan import Plan, plan_hash
from market.plan.schema import Schema
from market.records.agreement import Agreement
from market.records.delivery import Bundle, EnvelopeHeader
from market.records.receipt import CountersignedReceipt, ForkedReceipts, plan_commitment
from market.records.session import seal_of
from market.records.signed import open_signed, record_hash, sign_record

VECTORS = Path(__file__).parents[2] / "vectors"
FILES_OF_DOCUMENTS = (Bundle, CountersignedReceipt, ForkedReceipts)
"""Unsigned: they hold signed documents as their text."""
UNSIGNED = (*FILES_OF_DOCUMENTS, Agreement)
"""An agreement is made of signed documents by everybody alike; what is signed is its hash."""


def kinds() -> dict[str, type[Any]]:
    """Every record with a tag, by it, that is signed."""
    found = {}
    for module in pkgutil.iter_modules(records.__path__):
        for kind in vars(importlib.import_module(f"market.records.{module.name}")).values():
            if isinstance(getattr(kind, "TAG", None), str) and kind not in UNSIGNED:
                found[kind.TAG] = kind
    return found


CASES = json.loads((VECTORS / "signed_records.json").read_text())["cases"]
DIGESTS = json.loads((VECTORS / "record_digests.json").read_text())


def test_every_record_has_its_vector() -> None:
    assert [case["tag"] for case in CASES] == list(dict.fromkeys(case["tag"] for case in CASES))
    assert {case["tag"] for case in CASES} == set(kinds())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["tag"])
def test_document_is_written_and_read_as_recorded(case: dict[str, str]) -> None:
    kind, text = kinds()[case["tag"]], case["document"]
    key = SigningKey.from_seed(Secret(bytes.fromhex(case["seed"])))
    read = open_signed(kind, text.encode(), signer=key.public.hex)
    assert record_hash(read.record) == case["hash"]
    assert sign_record(key, read.record).encode().decode() == text


def _with(member: str, value: Any) -> Callable[[str], str]:
    def damage(text: str) -> str:
        document = json.loads(text)
        document[member] = value(document[member])
        return canonical.dumps(document).decode()

    return damage


def _in_record(change: Callable[[dict[str, Any]], object]) -> Callable[[str], str]:
    def damage(text: str) -> str:
        document = json.loads(text)
        change(document["record"])
        return canonical.dumps(document).decode()

    return damage


def _another_value(record: dict[str, Any]) -> None:
    name = next(name for name in sorted(record) if type(record[name]) in (int, str))
    record[name] = record[name] + 1 if type(record[name]) is int else record[name][::-1] + "0"


DAMAGES: dict[str, Callable[[str], str]] = {
    "white space": lambda text: text.replace(":", ": ", 1),
    "another tag": _with("tag", lambda tag: f"{tag[:-1]}9"),
    "another signer": _with("signer", lambda signer: signer[::-1]),
    "another signature": _with("signature", lambda text: f"{int(text[0], 16) ^ 1:x}{text[1:]}"),
    "no signature": _with("signature", lambda _: ""),
    "another value": _in_record(_another_value),
    "a member more": _in_record(lambda record: record.update(extra=1)),
    "a member less": _in_record(lambda record: record.pop(min(record))),
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["tag"])
def test_damaged_document_is_refused(case: dict[str, str], damage: str) -> None:
    damaged = DAMAGES[damage](case["document"])
    assert damaged != case["document"]
    with pytest.raises(CryptoError):
        open_signed(kinds()[case["tag"]], damaged.encode())


def test_plan_hash_is_as_recorded() -> None:
    case = DIGESTS["plan"]
    schemas = [wire.from_json(Schema, schema) for schema in case["schemas"]]
    assert plan_hash(wire.from_json(Plan, case["plan"]), schemas) == case["hash"]


def test_commitment_and_receipt_id_are_as_recorded() -> None:
    case = DIGESTS["commitment"]
    assert plan_commitment(case["salt"], case["plan_hash"]) == case["commitment"]
    case = DIGESTS["receipt_id"]
    assert receipt_id(case["agent"], case["request_hash"]) == case["id"]


def test_agreement_and_seal_are_as_recorded() -> None:
    case = DIGESTS["agreement"]
    agreement = wire.from_json(Agreement, case["agreement"])
    assert record_hash(agreement) == case["hash"]
    assert wire.to_json(agreement) == case["agreement"]
    case = DIGESTS["seal"]
    for joins in itertools.permutations(case["joins"]):
        assert seal_of(case["agreement_hash"], case["request_hash"], joins) == case["seal"]
    assert seal_of(case["agreement_hash"], "0f" * 32, case["joins"]) != case["seal"]


def test_what_an_envelope_is_sealed_under_is_as_recorded() -> None:
    case = DIGESTS["envelope"]
    assert envelope_info(case["agent"], case["recipient_key"]).hex() == case["info"]
    header = wire.decode(EnvelopeHeader, case["aad"].encode())
    assert wire.encode(header).decode() == case["aad"]


PAGE = (Path(records.__file__).parent / "FORMATS.md").read_text()


@pytest.mark.parametrize("kind", [*kinds().values(), *UNSIGNED], ids=lambda kind: kind.TAG)
def test_page_describes_every_member_of_every_record(kind: type[Any]) -> None:
    _, found, section = PAGE.partition(f"### `{kind.TAG}`")
    assert found, kind.TAG
    section = section.partition("\n### ")[0].partition("\n## ")[0]
    listed = [line.split("`")[1] for line in section.splitlines() if line.startswith("| `")]
    assert sorted(listed) == sorted(field.name for field in dataclasses.fields(kind))
