"""What ciphertext is stored for nobody, by the catalogue's dictionaries."""

from __future__ import annotations

from dataclasses import dataclass

from world.memory.catalogue import MemoryCatalogue

from market.database.catalogue.errors import drop_begun, version_needed
from market.entities.dataset import Dataset
from market.entities.retention import Expendable, Freed, StoredChunk, VersionKept, Why
from market.policy.listing.counted_chunks import chunks_of_it_alone, counted_bytes
from market.policy.listing.retention import needless_since
from market.records.signed import Signed
from market.records.version_drop import VersionDrop


@dataclass
class MemoryRetention:
    catalogue: MemoryCatalogue

    def due(self, *, since: int) -> list[Expendable]:
        return [
            one
            for version in self._versions()
            if _name(version) not in self.catalogue.dropping_at
            and (one := self._expendable(version))
            and one.since <= since
        ]

    def begin(self, one: Expendable, *, since: int, now: int) -> None:
        name = one.dataset, one.version
        if name in self.catalogue.dropping_at:
            raise drop_begun(one)
        if one.name not in [due.name for due in self.due(since=since)]:
            raise version_needed(one)
        self.catalogue.dropping_at[name] = now

    def drop(self, word: Signed[VersionDrop], *, now: int) -> None:
        name = word.record.dataset, word.record.version
        version = self.catalogue.version(*name)
        if name not in self.catalogue.dropping_at and self._needless(version) is None:
            raise version_needed(self._told(version, "dropped by its owner", now))
        self.catalogue.dropping_at.setdefault(name, now)
        self.catalogue.drop_words.setdefault(name, word)

    def begun(self) -> Expendable | None:
        for version in self._versions():
            begun_at = self.catalogue.dropping_at.get(_name(version))
            if begun_at is not None and _name(version) not in self.catalogue.dropped_at:
                if _name(version) in self.catalogue.drop_words:
                    return self._told(version, "dropped by its owner", begun_at)
                return self._expendable(version) or self._told(version, "superseded", begun_at)
        return None

    def chunks(self, one: Expendable) -> list[StoredChunk]:
        manifest = self.catalogue.version(one.dataset, one.version).manifest.record
        staying = [
            version.manifest.record
            for version in self.catalogue.versions[one.dataset]
            if _name(version) not in self.catalogue.dropping_at
            and version.manifest.record != manifest
        ]
        chunks = chunks_of_it_alone(manifest, staying)
        return [StoredChunk(chunk.key, chunk.size_bytes) for chunk in chunks]

    def finish(self, one: Expendable, *, now: int) -> None:
        name = one.dataset, one.version
        if name not in self.catalogue.dropped_at:
            self.catalogue.dropped_at[name] = now
            manifest = self.catalogue.version(*name).manifest.record
            alone = chunks_of_it_alone(manifest, self.catalogue.there(one.dataset))
            self.catalogue.freed[name] = sum(chunk.size_bytes for chunk in alone)

    def of_dataset(self, dataset: str) -> list[VersionKept]:
        return [
            VersionKept(
                version.listing.record.version,
                version.published_at,
                version.manifest.record.stored_bytes,
                needless[1] if (needless := self._needless(version)) else None,
                self.catalogue.dropping_at.get(_name(version)),
                self.catalogue.dropped_at.get(_name(version)),
            )
            for version in reversed(self.catalogue.versions.get(dataset, []))
        ]

    def freed(self, *, since: int) -> Freed:
        sizes = [
            self.catalogue.freed[name]
            for name, dropped_at in self.catalogue.dropped_at.items()
            if dropped_at >= since
        ]
        return Freed(len(sizes), sum(sizes))

    def _versions(self) -> list[Dataset]:
        kept = self.catalogue.versions
        return [version for dataset in sorted(kept) for version in kept[dataset]]

    def _expendable(self, version: Dataset) -> Expendable | None:
        needless = self._needless(version)
        return None if needless is None else self._told(version, *needless)

    def _needless(self, version: Dataset) -> tuple[Why, int] | None:
        number, others = version.listing.record.version, self.catalogue.versions[version.dataset]
        standing = self.catalogue.standings.get(version.dataset)
        return needless_since(
            number,
            superseded_at=others[number].published_at if number < len(others) else None,
            standing=standing.record if standing else None,
            said_at=self.catalogue.said_at.get(version.dataset),
        )

    def _told(self, version: Dataset, why: Why, since: int) -> Expendable:
        dataset, number = _name(version)
        size = counted_bytes(self.catalogue.there(dataset))[number]
        return Expendable(version.owner, dataset, number, size, why, since)


def _name(version: Dataset) -> tuple[str, int]:
    return version.dataset, version.listing.record.version
