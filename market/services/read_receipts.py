"""The receipts of an owner's agent, as the platform countersigned them: what a restored agent
compares its own ledger with before it may spend again. A job that ended before its release came has
one too (market.services.accept_release)."""

from __future__ import annotations

from dataclasses import dataclass

from market.job import TERMINAL
from market.ports.people import User
from market.records.receipt import Receipt
from market.records.signed import open_signed
from market.services.accept_release import agents_receipt
from market.services.platform import Platform


@dataclass(frozen=True, slots=True)
class KeptReceipt:
    """`document` is the canonical text of a CountersignedReceipt."""

    sequence: int
    job: str
    document: str


def read_receipts(platform: Platform, user: User, *, agent: str, after: int) -> list[KeptReceipt]:
    """Receipts on this user's datasets, signed by one of the agents that manifests name.

    Args:
        agent: the agent's key in hex; its receipts are one chain.
        after: only receipts with a higher sequence.
    """
    owned = [dataset.dataset for dataset in platform.catalogue.of_owner(user.user)]
    kept = []
    for job in platform.jobs.of_datasets(owned, sorted(TERMINAL)):
        if job.receipt is None:
            continue
        signer = platform.catalogue.version(job.dataset, job.version).manifest.record.agent
        if signer != agent:
            continue
        receipt = open_signed(Receipt, agents_receipt(job.receipt).encode(), signer=signer).record
        if receipt.sequence > after:
            kept.append(KeptReceipt(receipt.sequence, job.job, job.receipt))
    return sorted(kept, key=lambda receipt: (receipt.sequence, receipt.job))
