"""That a version of a dataset is to be deleted for good: its owner's word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from market.records.members import check_dataset, check_hash


@dataclass(frozen=True, slots=True)
class VersionDrop:
    """Signed by the owner: this version's ciphertext is deleted, and nothing takes that back.

    `manifest_hash` names the version's manifest, which stays, as receipts that name it do.
    """

    TAG: ClassVar[str] = "market/version-drop/1"

    dataset: str
    version: int
    manifest_hash: str
    issued_at: int

    def __post_init__(self) -> None:
        check_dataset(self.dataset, self.version)
        check_hash("manifest_hash", self.manifest_hash)
