"""Two receipts of one agent that one chain cannot hold: checked by whoever knows its key."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from world.builders import NOW, sign, text
from world.job_builders import a_receipt
from world.people import a_key

from market import wire
from market.cli.main import main
from market.client.verify.forks import prove_fork
from market.errors import Refused
from market.records.receipt import ForkedReceipts, Receipt
from market.records.signed import record_hash

FIRST = a_receipt()
OTHER = a_receipt(issued_at=NOW + 1)
NEXT = a_receipt(sequence=2, previous=record_hash(FIRST))
NEXT_OF_OTHER = a_receipt(sequence=2, previous=record_hash(OTHER))


def evidence(held: Receipt, offered: Receipt, by: str = "agent") -> bytes:
    return wire.encode(ForkedReceipts(text(sign(held, by="agent")), text(sign(offered, by=by))))


@pytest.mark.parametrize(
    ("held", "offered", "words"),
    [(FIRST, OTHER, "two different receipts"), (FIRST, NEXT_OF_OTHER, "follows a receipt 1")],
)
def test_receipts_that_exclude_each_other_are_a_proof(
    held: Receipt, offered: Receipt, words: str
) -> None:
    proved = prove_fork(evidence(held, offered))
    assert proved.agent_key == a_key("agent").public.hex
    assert words in proved.reason


@pytest.mark.parametrize(
    ("held", "offered"), [(FIRST, FIRST), (FIRST, NEXT), (OTHER, NEXT_OF_OTHER), (NEXT, FIRST)]
)
def test_receipts_of_one_chain_prove_nothing(held: Receipt, offered: Receipt) -> None:
    with pytest.raises(Refused, match="nothing-proved"):
        prove_fork(evidence(held, offered))


def test_receipts_of_two_signers_and_nonsense_are_no_evidence() -> None:
    for data in (evidence(FIRST, OTHER, by="another"), b"{}", b""):
        with pytest.raises(Refused, match="evidence-malformed"):
            prove_fork(data)


def test_evidence_on_file_is_checked_under_a_known_key_alone(tmp_path: Path) -> None:
    file = tmp_path / "fork.json"
    file.write_bytes(evidence(FIRST, OTHER))
    command = ["receipt", "evidence", str(file), "--json", "--home", str(tmp_path / "home")]
    unknown = CliRunner().invoke(main, command)
    assert json.loads(unknown.stdout)["error"]["code"] == "agent-key-unknown"
    shown = CliRunner().invoke(main, [*command, "--agent-key", a_key("agent").public.hex])
    assert shown.exit_code == 0
    (proved,) = json.loads(shown.stdout)
    assert proved["held"] == record_hash(FIRST)
    assert proved["offered"] == record_hash(OTHER)
