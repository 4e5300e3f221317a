"""The receipts of an owner's agent, as its chain holds them: what a restored agent compares its own
ledger with before it may spend again.

The chain says what the agent has signed. A job may have ended before its release came, or may not
know of it yet, or be lost here: that makes no gap.
"""

from __future__ import annotations

from dataclasses import dataclass

from market.entities.people import User
from market.services.platform import Platform


@dataclass(frozen=True, slots=True)
class KeptReceipt:
    """`document` is the receipt as the agent signed it; `job` is empty where none is known here
    that asked for it."""

    sequence: int
    job: str
    document: str


def read_receipts(platform: Platform, user: User, *, agent: str, after: int) -> list[KeptReceipt]:
    """Receipts on this user's datasets in the chain of one agent.

    Args:
        agent: the agent's key in hex.
        after: only receipts with a higher sequence.
    """
    owned = {dataset.dataset for dataset in platform.catalogue.of_owner(user.user)}
    chain = [
        receipt
        for receipt in platform.receipts.chain(agent, after=after)
        if owned.issuperset(receipt.record.names)
    ]
    if not chain:
        return []
    asked = platform.jobs.of_requests({receipt.record.request_hash for receipt in chain})
    return [
        KeptReceipt(
            receipt.record.sequence,
            asked.get(receipt.record.request_hash, ""),
            receipt.encode().decode(),
        )
        for receipt in chain
    ]
