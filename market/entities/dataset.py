"""Datasets and requests for access, as the portal knows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from market.records.listing import Listing
from market.records.manifest import Manifest
from market.records.signed import Signed
from market.records.standing import Standing, StandingWord


@dataclass(frozen=True, slots=True)
class Dataset:
    """One version of a dataset. `owner` is a user id, `owner_key` the owner's public key;
    `signed_standing` the owner's newest word on the dataset, None before the first; `is_stored`
    says whether its ciphertext is there to be computed on, `dropped_at` (unix seconds) when the
    last of it was deleted; `changed_at` when its newest edition came, None while that is the first.
    """

    dataset: str
    organisation: str
    owner: str
    owner_key: str
    listing: Signed[Listing]
    manifest: Signed[Manifest]
    published_at: int
    signed_standing: Signed[Standing] | None = None
    is_stored: bool = True
    dropped_at: int | None = None
    changed_at: int | None = None

    @property
    def standing(self) -> StandingWord:
        return self.signed_standing.record.state if self.signed_standing else "listed"

    @property
    def parameters(self) -> str:
        return self.manifest.record.parameters

    @property
    def lineages(self) -> tuple[str, ...]:
        return self.manifest.record.lineages

    @property
    def epoch(self) -> int:
        return self.manifest.record.epoch


@dataclass(frozen=True, slots=True)
class Edition:
    """One listing of a dataset version, and when it came (unix seconds)."""

    listing: Signed[Listing]
    listed_at: int


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """A buyer asks the owner for a grant. `buyer_fingerprint` is their identity key's; `answer` are
    the owner's words to a refusal, if they gave any."""

    request: str
    dataset: str
    user: str
    organisation: str
    buyer_fingerprint: str
    purpose: str
    state: Literal["waiting", "granted", "declined"]
    created_at: int
    answer: str = ""
