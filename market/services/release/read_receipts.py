"""The receipts of an owner's agent, as its chain holds them: what a restored agent compares its own
ledger with before it may spend again.

The chain says what the agent has signed. A job may have ended before its release came, or may not
know of it yet, or be lost here: that makes no gap.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from market.entities.people import User
from market.errors import NotFound
from market.records.receipt import ReceiptedDataset
from market.services.platform import Platform

PAGE_RECEIPTS: Final = 100


@dataclass(frozen=True, slots=True)
class KeptReceipt:
    """`document` is the receipt as the agent signed it; `job` is empty where none is known here
    that asked for it."""

    sequence: int
    job: str
    document: str


@dataclass(frozen=True, slots=True)
class ReceiptPage:
    """`further` is the sequence behind which the next page begins; None where this is the last."""

    receipts: tuple[KeptReceipt, ...]
    further: int | None


def read_receipts(
    platform: Platform, user: User, *, agent: str, after: int, limit: int = PAGE_RECEIPTS
) -> ReceiptPage:
    """Receipts on this user's data in the chain of one agent: one page of them.

    Args:
        agent: the agent's key in hex.
        after: only receipts with a higher sequence.
        limit: so many of the chain are looked at, never over PAGE_RECEIPTS.
    """
    limit = min(limit, PAGE_RECEIPTS)
    read = platform.receipts.chain(agent, after=after, limit=limit + 1)
    page = read[:limit]
    further = page[-1].record.sequence if len(read) > limit else None
    owned = {dataset.dataset for dataset in platform.catalogue.of_owner(user.user)}
    chain = [
        receipt
        for receipt in page
        if all(
            named.dataset in owned or _is_own_seat(platform, user, agent, named)
            for named in receipt.record.datasets
        )
    ]
    asked = platform.jobs.of_requests({receipt.record.request_hash for receipt in chain})
    kept = tuple(
        KeptReceipt(
            receipt.record.sequence,
            asked.get(receipt.record.request_hash, ""),
            receipt.encode().decode(),
        )
        for receipt in chain
    )
    return ReceiptPage(kept, further)


def _is_own_seat(platform: Platform, user: User, agent: str, named: ReceiptedDataset) -> bool:
    """Whether a receipt names an agreement in which the user sits, with this agent."""
    try:
        agreement = platform.consortia.get(named.dataset, named.version).agreement
    except NotFound:
        return False
    return agreement is not None and any(
        (member.agent, member.owner_key) == (agent, user.identity_key)
        for member in agreement.members
    )
