"""What an object store is asked, counted: which acts, how they ended, how long they took, how many
bytes went through this process. What owners send to a store by signed addresses it never sees."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, Final, Protocol

from market.errors import MarketError
from market.ports.object_store import (
    AddressedStore,
    Content,
    Head,
    ObjectAltered,
    ObjectExists,
    ObjectMissing,
    ObjectStore,
)

OK: Final = "ok"
DEFECT: Final = "internal-error"
_FOUND: Final[Mapping[type[Exception], str]] = {
    ObjectMissing: "missing",
    ObjectAltered: "altered",
    ObjectExists: "exists",
}


class CountsStore(Protocol):
    """Whoever counts."""

    def asked(self, act: str, outcome: str, seconds: float) -> None:
        """The store was asked once; `outcome` is `ok`, what was found amiss, or an error's code."""

    def moved(self, act: str, size_bytes: int) -> None:
        """Bytes were put or read."""


@dataclass(frozen=True, slots=True)
class MeasuredStore:
    """market.ports.object_store.ObjectStore over another, which does the work."""

    store: ObjectStore
    counts: CountsStore

    def put(self, key: str, data: bytes, *, sha256: str) -> None:
        """See the port."""
        with _counted(self.counts, "put"):
            self.store.put(key, data, sha256=sha256)
        self.counts.moved("put", len(data))

    def read(self, key: str, into: memoryview) -> None:
        """See the port."""
        with _counted(self.counts, "read"):
            self.store.read(key, into)
        self.counts.moved("read", into.nbytes)

    def head(self, key: str) -> Head | None:
        """See the port."""
        with _counted(self.counts, "head"):
            return self.store.head(key)

    def list(self, prefix: str) -> list[str]:
        """See the port."""
        with _counted(self.counts, "list"):
            return self.store.list(prefix)

    def delete(self, key: str) -> None:
        """See the port."""
        with _counted(self.counts, "delete"):
            self.store.delete(key)

    def upload_url(
        self, key: str, *, sha256: str, size_bytes: int, lifetime_seconds: int, now: int
    ) -> str:
        """See the port; an address is made here, so nobody is asked."""
        return self.store.upload_url(
            key, sha256=sha256, size_bytes=size_bytes, lifetime_seconds=lifetime_seconds, now=now
        )

    def download_url(self, key: str, lifetime_seconds: int, now: int) -> str:
        """See the port."""
        return self.store.download_url(key, lifetime_seconds, now)


@dataclass(frozen=True, slots=True)
class MeasuredAddressedStore(MeasuredStore):
    """The same over a market.ports.object_store.AddressedStore."""

    store: AddressedStore

    def check_upload(self, key: str, query: Mapping[str, str], *, now: int) -> Content:
        """See the port."""
        return self.store.check_upload(key, query, now=now)

    def check_download(self, key: str, query: Mapping[str, str], *, now: int) -> None:
        """See the port."""
        self.store.check_download(key, query, now=now)

    def open_object(self, key: str) -> tuple[BinaryIO, Head]:
        """See the port; its bytes count when it is opened."""
        with _counted(self.counts, "open"):
            file, head = self.store.open_object(key)
        self.counts.moved("read", head.size_bytes)
        return file, head


def measured(store: ObjectStore, counts: CountsStore) -> ObjectStore:
    """The same store, counted; it serves objects at addresses if it did before."""
    if isinstance(store, AddressedStore):
        return MeasuredAddressedStore(store, counts)
    return MeasuredStore(store, counts)


@contextmanager
def _counted(counts: CountsStore, act: str) -> Iterator[None]:
    started = time.perf_counter()
    outcome = OK
    try:
        yield
    except MarketError as error:
        outcome = error.code
        raise
    except Exception as error:
        outcome = _FOUND.get(type(error), DEFECT)
        raise
    finally:
        counts.asked(act, outcome, time.perf_counter() - started)
