"""The catalogue in dictionaries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from world.memory.access import MemoryAccess
from world.memory.ledger import MemoryLedger

from market.database.catalogue.errors import (
    check_edition,
    check_standing,
    dataset_of_another,
    dataset_withdrawn,
    no_dataset,
    no_edition,
    search_text,
    search_words,
    upload_dropping,
    version_not_newest,
    version_out_of_turn,
)
from market.database.catalogue.names import NameKind
from market.entities.account import Balance
from market.entities.dataset import Dataset, Edition
from market.entities.offer import EVERY_OFFER, Offer, OfferFilter, TablePeople
from market.entities.overview import Stored
from market.entities.retention import Upload
from market.policy.budget.accounts import is_buyer_account
from market.policy.listing.counted_chunks import counted_bytes
from market.policy.listing.retention import version_dropped
from market.records.listing import Listing
from market.records.manifest import Manifest
from market.records.signed import Signed
from market.records.standing import Standing
from market.records.version_drop import VersionDrop

Name = tuple[str, str, int]
"""Owner, dataset, version."""


@dataclass
class Sent:
    """What was announced of an upload: sizes by key."""

    sent_at: int
    dropping_at: int | None = None
    chunks: dict[str, int] = field(default_factory=dict)


@dataclass
class MemoryCatalogue(MemoryAccess):
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    names: dict[str, NameKind] = field(default_factory=dict)
    lineages: dict[str, str] = field(default_factory=dict)
    versions: dict[str, list[Dataset]] = field(default_factory=dict)
    standings: dict[str, Signed[Standing]] = field(default_factory=dict)
    said_at: dict[str, int] = field(default_factory=dict)
    dropping_at: dict[tuple[str, int], int] = field(default_factory=dict)
    dropped_at: dict[tuple[str, int], int] = field(default_factory=dict)
    drop_words: dict[tuple[str, int], Signed[VersionDrop]] = field(default_factory=dict)
    freed: dict[tuple[str, int], int] = field(default_factory=dict)
    relisted: dict[tuple[str, int], list[Edition]] = field(default_factory=dict)
    sent: dict[Name, Sent] = field(default_factory=dict)

    def claimant(self, dataset: str) -> str | None:
        return self.owners.get(dataset)

    def claim_lineage(self, lineage: str, owner: str) -> str:
        return self.lineages.setdefault(lineage, owner)

    def publish(
        self,
        listing: Signed[Listing],
        manifest: Signed[Manifest],
        *,
        owner: str,
        organisation: str,
        caps: Mapping[str, int],
        now: int,
    ) -> None:
        dataset, version = listing.record.dataset, listing.record.version
        kind = self.names.get(dataset, "dataset")
        if kind != "dataset" or self.owners.get(dataset, owner) != owner:
            raise dataset_of_another(dataset)
        stored = self.versions.get(dataset, [])
        if 1 <= version <= len(stored):
            earlier = stored[version - 1]
            if (earlier.listing, earlier.manifest) == (listing, manifest):
                return
        standing = self.standings.get(dataset)
        if standing is not None and standing.record.state == "withdrawn":
            raise dataset_withdrawn(dataset)
        if version != len(stored) + 1:
            raise version_out_of_turn(dataset, version, len(stored))
        sent = self.sent.get((owner, dataset, version))
        if sent is not None and sent.dropping_at is not None:
            raise upload_dropping(Upload(owner, organisation, dataset, version))
        self.ledger.open_accounts(caps)
        for earlier_version in range(1, version + 1):
            self.sent.pop((owner, dataset, earlier_version), None)
        self.names[dataset] = "dataset"
        self.owners[dataset] = owner
        self.versions[dataset] = [
            *stored,
            Dataset(dataset, organisation, owner, listing.signer, listing, manifest, now),
        ]

    def dataset(self, dataset: str) -> Dataset:
        if not self.versions.get(dataset):
            raise no_dataset(dataset)
        return self._current(self.versions[dataset][-1])

    def version(self, dataset: str, version: int, edition: int | None = None) -> Dataset:
        stored = self.versions.get(dataset, [])
        if not 1 <= version <= len(stored):
            raise no_dataset(dataset, version)
        found = self._current(stored[version - 1])
        if edition is None:
            return found
        for one in self._editions(stored[version - 1]):
            if one.listing.record.edition == edition:
                return replace(found, listing=one.listing)
        raise no_edition(dataset, version, edition)

    def relist(self, listing: Signed[Listing], *, caps: Mapping[str, int], now: int) -> None:
        record = listing.record
        newest = self.dataset(record.dataset)
        if newest.standing == "withdrawn":
            raise dataset_withdrawn(record.dataset)
        if newest.listing.record.version != record.version:
            raise version_not_newest(record.dataset, record.version, newest.listing.record.version)
        if check_edition(listing, newest.listing):
            self.ledger.open_accounts(caps)
            name = record.dataset, record.version
            self.relisted.setdefault(name, []).append(Edition(listing, now))

    def editions(self, dataset: str) -> list[Edition]:
        return [
            edition
            for version in self.versions.get(dataset, [])
            for edition in self._editions(version)
        ]

    def _editions(self, first: Dataset) -> list[Edition]:
        later = self.relisted.get((first.dataset, first.listing.record.version), [])
        return [Edition(first.listing, first.published_at), *later]

    def search(
        self,
        words: str,
        *,
        wanted: OfferFilter = EVERY_OFFER,
        after: str = "",
        limit: int | None = None,
    ) -> list[Offer]:
        found = [
            offer_of(dataset)
            for dataset in self._newest()
            if dataset.standing != "withdrawn"
            and dataset.dataset > after
            and all(w in search_text(dataset.listing.record) for w in search_words(words))
            and self._is_as(dataset, wanted)
        ]
        return sorted(found, key=lambda offer: offer.dataset)[:limit]

    def _is_as(self, dataset: Dataset, wanted: OfferFilter) -> bool:
        policy, licence = dataset.listing.record.policy, dataset.listing.record.description.licence
        price_cents, buyer = wanted.price_cents, wanted.granted_to
        return (
            wanted.access in (None, policy.access)
            and (price_cents is None or policy.price_cents <= price_cents)
            and wanted.licence in ("", licence)
            and (not buyer or bool(self.live_grant(dataset.dataset, buyer, now=wanted.at)))
        )

    def titles(self) -> dict[str, str]:
        return {
            one.dataset: one.listing.record.description.title.casefold() for one in self.search("")
        }

    def licences(self) -> list[str]:
        return sorted({one.listing.record.description.licence for one in self.search("")})[:100]

    def people(self) -> list[TablePeople]:
        return [
            TablePeople(one.dataset, one.owner, one.lineages, one.epoch) for one in self.search("")
        ]

    def listed(self) -> list[Dataset]:
        return [dataset for dataset in self._newest() if dataset.standing == "listed"]

    def of_owner(self, owner: str) -> list[Dataset]:
        return [dataset for dataset in self._newest() if dataset.owner == owner]

    def ids_of_owner(self, owner: str) -> list[str]:
        return sorted(dataset.dataset for dataset in self.of_owner(owner))

    def stored(self) -> list[Stored]:
        published = [
            (self.owners[dataset], size)
            for dataset in self.versions
            for size in counted_bytes(self.there(dataset)).values()
        ]
        return [
            Stored(owner, len(sizes), sum(sizes))
            for owner in sorted({owner for owner, _ in published})
            if (sizes := [size for of, size in published if of == owner])
        ]

    def there(self, dataset: str) -> list[Manifest]:
        """Of the versions that are not deleted."""
        return [
            one.manifest.record
            for one in self.versions[dataset]
            if (dataset, one.manifest.record.version) not in self.dropped_at
        ]

    def budgets(self) -> list[Balance]:
        return [
            self.ledger.balance(account)
            for account in sorted(self.ledger.caps)
            if account.startswith("lineage/") and not is_buyer_account(account)
        ]

    def set_standing(self, standing: Signed[Standing], *, now: int) -> None:
        dataset = standing.record.dataset
        self.dataset(dataset)
        if check_standing(standing, self.standings.get(dataset)):
            self._require_stored(standing.record)
            self.standings[dataset] = standing
            self.said_at[dataset] = now

    def _require_stored(self, standing: Standing) -> None:
        for version in standing.served_versions if standing.state == "listed" else ():
            if (standing.dataset, version) in self.dropping_at:
                raise version_dropped(standing.dataset, version).error()

    def _newest(self) -> list[Dataset]:
        return [self._current(self.versions[name][-1]) for name in sorted(self.versions)]

    def _current(self, dataset: Dataset) -> Dataset:
        name = dataset.dataset, dataset.listing.record.version
        newest = self._editions(dataset)[-1]
        return replace(
            dataset,
            listing=newest.listing,
            changed_at=newest.listed_at if self.relisted.get(name) else None,
            signed_standing=self.standings.get(dataset.dataset),
            is_stored=name not in self.dropping_at,
            dropped_at=self.dropped_at.get(name),
        )


def offer_of(dataset: Dataset) -> Offer:
    return Offer(
        dataset=dataset.dataset,
        organisation=dataset.organisation,
        owner=dataset.owner,
        listing=dataset.listing,
        parameters=dataset.parameters,
        lineages=dataset.lineages,
        epoch=dataset.epoch,
        published_at=dataset.published_at,
        signed_standing=dataset.signed_standing,
        changed_at=dataset.changed_at,
    )
