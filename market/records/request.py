"""The buyer's signature under one question. Without it no share is computed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from market.plan.dataset_ids import check_ascending
from market.records.members import check_dataset, check_edition, check_hash, check_parties
from market.records.session import SessionTerms
from market.records.union import UnionTerms


@dataclass(frozen=True, slots=True)
class RequestedDataset:
    """A version of a dataset, by its manifest's hash, at the price its owner asks for it.

    `edition` is that of the listing whose terms the buyer read; 1 of a consortium.
    """

    dataset: str
    version: int
    manifest_hash: str
    price_cents: int
    edition: int = 1

    def __post_init__(self) -> None:
        check_dataset(self.dataset, self.version)
        check_edition(self.edition)
        check_hash("manifest_hash", self.manifest_hash)
        if self.price_cents < 0:
            raise ValueError(f"price_cents is {self.price_cents}, expected 0 or more")


@dataclass(frozen=True, slots=True)
class Request:
    """One plan, on these manifests, for one recipient key made for this job alone.

    `datasets` stand in the order of their ids, as in the plan. `parties` are the public keys (hex,
    ascending) of the agents whose approval and release it needs. `recipient_key` is an X25519
    public key in hex; `rho_units` what the buyer agrees to spend; `nonce` 32 random hex characters.
    `session` is None for encrypted data. To a consortium it says how its members compute; the one
    dataset is then the consortium, its version the agreement's number, and the agreement's hash
    stands in place of a manifest's. `union` is of several owners' datasets, and of those alone.
    """

    TAG: ClassVar[str] = "market/request/5"

    job: str
    datasets: tuple[RequestedDataset, ...]
    parties: tuple[str, ...]
    plan_hash: str
    rho_units: int
    recipient_key: str
    nonce: str
    created_at: int
    expires_at: int
    session: SessionTerms | None = None
    union: UnionTerms | None = None

    def __post_init__(self) -> None:
        check_ascending("datasets", self.names)
        check_parties(self.parties)
        if self.rho_units < 1:
            raise ValueError(f"rho_units is {self.rho_units}, expected 1 or more")
        if len(self.nonce) != 32:
            raise ValueError(f"nonce has {len(self.nonce)} characters, expected 32")
        if self.expires_at <= self.created_at:
            raise ValueError("the request expires before it is made")
        self._check_parties()

    def _check_parties(self) -> None:
        union = self.union
        tables = 1 if union is None else len(union.agents)
        if len(self.datasets) != tables:
            raise ValueError(f"it names {len(self.datasets)} datasets, expected {tables}")
        if union is not None and (self.session is not None or self.parties != union.parties):
            raise ValueError("its parties are not the agents of its union")

    @property
    def names(self) -> tuple[str, ...]:
        """The ids of its datasets."""
        return tuple(asked.dataset for asked in self.datasets)

    def beside(self, dataset: str) -> tuple[str, ...]:
        """The ids of its other datasets."""
        return tuple(name for name in self.names if name != dataset)

    @property
    def manifest_hashes(self) -> tuple[str, ...]:
        """Of every dataset, in their order."""
        return tuple(asked.manifest_hash for asked in self.datasets)
