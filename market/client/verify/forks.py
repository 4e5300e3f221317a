"""What proves an agent wrong: two receipts it signed that cannot both be in one chain."""

from __future__ import annotations

from dataclasses import dataclass

from crypto import canonical
from crypto.errors import CryptoError
from market import wire
from market.errors import Refused
from market.records.receipt import ForkedReceipts, Receipt
from market.records.signed import Signed, open_signed, record_hash


@dataclass(frozen=True, slots=True)
class ProvedFork:
    """Both receipts, signed by one key (hex), and why they exclude each other."""

    agent_key: str
    held: Receipt
    offered: Receipt
    reason: str


def prove_fork(data: bytes) -> ProvedFork:
    """Check the evidence of a fork; whose key signed, the caller decides.

    Raises:
        Refused: `evidence-malformed`; `nothing-proved` when one chain can hold both.
    """
    try:
        both = wire.from_json(ForkedReceipts, canonical.loads(data))
        held = open_signed(Receipt, both.held.encode())
        offered = open_signed(Receipt, both.offered.encode(), signer=held.signer)
    except CryptoError as error:
        raise Refused(
            "evidence-malformed",
            f"These are not two receipts of one agent: {error}.",
            "Give a file that `market receipt evidence --out` wrote.",
        ) from error
    return ProvedFork(held.signer, held.record, offered.record, _reason(held, offered))


def _reason(held: Signed[Receipt], offered: Signed[Receipt]) -> str:
    first, second = held.record, offered.record
    if first.sequence == second.sequence and first != second:
        return f"it signed two different receipts number {first.sequence}"
    if second.sequence == first.sequence + 1 and second.previous != record_hash(first):
        return (
            f"its receipt {second.sequence} follows a receipt {first.sequence} that is not the "
            f"receipt {first.sequence} it signed"
        )
    raise Refused(
        "nothing-proved",
        f"One chain can hold receipts {first.sequence} and {second.sequence}.",
        "They do not show a fork.",
    )
