"""What a release leaves behind: signed by the agent, countersigned by the platform, chained.

It holds a salted commitment to the plan and hashes of what was sent, never of plan, share or
result: the hash of a guessable plan is the plan.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from crypto import canonical
from market.plan.dataset_ids import check_ascending
from market.records.manifest import Manifest
from market.records.members import check_dataset, check_hash

FIRST_PREVIOUS = "0" * 64
"""`previous` of an agent's first receipt."""
NO_ENVELOPE = "0" * 64
"""`envelope_hash` where a session of a consortium was charged and gave no result."""


@dataclass(frozen=True, slots=True)
class ReceiptedDataset:
    """A dataset version that was asked, and whose budget that is: its lineages in their epoch."""

    dataset: str
    version: int
    manifest_hash: str
    lineages: tuple[str, ...]
    epoch: int

    def __post_init__(self) -> None:
        check_dataset(self.dataset, self.version)
        check_hash("manifest_hash", self.manifest_hash)


def receipted(manifest: Manifest, manifest_hash: str) -> ReceiptedDataset:
    """How a manifest's data stands in a receipt; the hash is known wherever this is asked."""
    return ReceiptedDataset(
        manifest.dataset, manifest.version, manifest_hash, manifest.lineages, manifest.epoch
    )


@dataclass(frozen=True, slots=True)
class Receipt:
    """`datasets` are those of the agent that signs, in the order of their ids. `sequence` counts
    the agent's receipts from 1; `previous` is the hash of the one before.

    `rho_units` is what the release cost the buyer's allocation: what they had not had of it. The
    people in the data, every (lineage, epoch), pay for a sum once (market.pricing.opening);
    receipts of later buyers look the same, so that none tells what others asked. The sum over an
    agent's receipts is therefore an upper bound of what the people paid.
    """

    TAG: ClassVar[str] = "market/receipt/2"

    receipt: str
    sequence: int
    previous: str
    datasets: tuple[ReceiptedDataset, ...]
    buyer: str
    rho_units: int
    plan_commitment: str
    request_hash: str
    envelope_hash: str
    issued_at: int

    def __post_init__(self) -> None:
        check_ascending("datasets", self.names)

    @property
    def names(self) -> tuple[str, ...]:
        """The ids of its datasets."""
        return tuple(asked.dataset for asked in self.datasets)


@dataclass(frozen=True, slots=True)
class Countersignature:
    """The platform's word that it received this receipt and delivered this envelope."""

    TAG: ClassVar[str] = "market/countersignature/1"

    receipt_hash: str
    envelope_hash: str
    received_at: int


@dataclass(frozen=True, slots=True)
class CountersignedReceipt:
    """Both signed documents, as the exact text that was signed: the file a buyer keeps."""

    TAG: ClassVar[str] = "market/countersigned-receipt/1"

    receipt: str
    countersignature: str


@dataclass(frozen=True, slots=True)
class ForkedReceipts:
    """Evidence against an agent: two receipts it signed of which one chain can hold only one.

    `held` is of the same sequence as `offered`, or of the one before; each as it was signed.
    """

    TAG: ClassVar[str] = "market/forked-receipts/1"

    held: str
    offered: str


def is_well_placed(receipt: Receipt) -> bool:
    """Whether the first receipt of a chain, and no other, follows none."""
    return receipt.sequence >= 1 and (receipt.sequence == 1) == (receipt.previous == FIRST_PREVIOUS)


def plan_commitment(salt: str, plan_hash: str) -> str:
    """SHA-256 commitment to a plan under a random salt of 64 hex characters."""
    return canonical.digest("market/plan-commitment/1", {"plan": plan_hash, "salt": salt})
