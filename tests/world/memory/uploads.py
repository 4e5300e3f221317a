"""Versions on their way to the store, in the catalogue's dictionaries."""

from __future__ import annotations

from dataclasses import dataclass

from world.memory.catalogue import MemoryCatalogue, Name, Sent

from market.database.catalogue.errors import drop_begun, upload_dropping, version_needed
from market.entities.retention import Expendable, StoredChunk, Upload
from market.policy.listing.retention import version_dropped
from market.policy.operation.limits import refuse_more_storage
from market.ports.people import People


@dataclass
class MemoryUploads:
    catalogue: MemoryCatalogue
    people: People

    def announce(self, upload: Upload, chunk: StoredChunk, *, most_bytes: int, now: int) -> None:
        name = _name(upload)
        if self._is_published(name):
            if name[1:] in self.catalogue.dropping_at:
                raise version_dropped(upload.dataset, upload.version).error()
            return
        sent = self.catalogue.sent.get(name, Sent(now))
        more = chunk.size_bytes - sent.chunks.get(chunk.key, 0)
        if more > 0:
            organisation = upload.organisation
            taken = self._published_bytes(organisation) + self.announced_bytes(organisation)
            refuse_more_storage(organisation, most_bytes, taken=taken, more=more)
        if sent.dropping_at is not None:
            raise upload_dropping(upload)
        sent.sent_at = now
        sent.chunks[chunk.key] = chunk.size_bytes
        self.catalogue.sent[name] = sent

    def go_on(self, upload: Upload, *, now: int) -> int:
        sent = self.catalogue.sent.get(_name(upload))
        if sent is None:
            return 0
        if sent.dropping_at is not None:
            raise upload_dropping(upload)
        sent.sent_at = now
        return sum(sent.chunks.values())

    def announced_bytes(self, organisation: str) -> int:
        return sum(
            sum(sent.chunks.values())
            for name, sent in self.catalogue.sent.items()
            if self._is_of(name[0], organisation) and not self._is_published(name)
        )

    def announced_of(self, owner: str, dataset: str) -> int:
        found = (sent for name, sent in self._unpublished() if name[:2] == (owner, dataset))
        return sum(sum(sent.chunks.values()) for sent in found)

    def due(self, *, since: int) -> list[Expendable]:
        return [
            _told(name, sent)
            for name, sent in self._unpublished()
            if sent.dropping_at is None and sent.sent_at <= since
        ]

    def begin(self, one: Expendable, *, since: int, now: int) -> None:
        sent = dict(self._unpublished()).get(_name(one))
        if sent is not None and sent.dropping_at is not None:
            raise drop_begun(one)
        if sent is None or sent.sent_at > since:
            raise version_needed(one)
        sent.dropping_at = now

    def begun(self) -> Expendable | None:
        for name, sent in self._unpublished():
            if sent.dropping_at is not None:
                return _told(name, sent)
        return None

    def chunks(self, one: Expendable) -> list[StoredChunk]:
        sent = self.catalogue.sent.get(_name(one))
        return [StoredChunk(*chunk) for chunk in sorted(sent.chunks.items())] if sent else []

    def finish(self, one: Expendable, *, now: int) -> None:
        del now
        self.catalogue.sent.pop(_name(one), None)

    def _unpublished(self) -> list[tuple[Name, Sent]]:
        found = (one for one in self.catalogue.sent.items() if not self._is_published(one[0]))
        return sorted(found, key=lambda one: (one[0][1:], one[0][0]))

    def _is_published(self, name: Name) -> bool:
        owner, dataset, version = name
        published = len(self.catalogue.versions.get(dataset, []))
        return self.catalogue.owners.get(dataset) == owner and published >= version

    def _published_bytes(self, organisation: str) -> int:
        stored = self.catalogue.stored()
        return sum(one.stored_bytes for one in stored if self._is_of(one.owner, organisation))

    def _is_of(self, owner: str, organisation: str) -> bool:
        return self.people.user(owner).organisation == organisation


def _name(one: Upload | Expendable) -> Name:
    return one.owner, one.dataset, one.version


def _told(name: Name, sent: Sent) -> Expendable:
    return Expendable(*name, sum(sent.chunks.values()), "unpublished", sent.sent_at)
