"""Ciphertext that no question can be about any more, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Why = Literal["superseded", "withdrawn", "unpublished", "dropped by its owner"]


@dataclass(frozen=True, slots=True)
class Expendable:
    """A version whose chunks are stored for nobody, since a time in unix seconds.

    What was signed of it stays for ever: listing, manifest, and receipts that name it. Of one that
    was sent in part and never published there is nothing but chunks.

    Attributes:
        owner: user id of whose it is.
        stored_bytes: size of those of its chunks that no version that stays names.
    """

    owner: str
    dataset: str
    version: int
    stored_bytes: int
    why: Why
    since: int

    @property
    def name(self) -> str:
        """As it stands in the trail and in logs: `visits/1`."""
        return f"{self.dataset}/{self.version}"


@dataclass(frozen=True, slots=True)
class Upload:
    """A version that an owner sends, before it is published.

    Attributes:
        owner, organisation: user id of whose it is, and where they belong.
    """

    owner: str
    organisation: str
    dataset: str
    version: int


@dataclass(frozen=True, slots=True)
class StoredChunk:
    """One object of it."""

    key: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class VersionKept:
    """How long a published version's ciphertext stays. Times are unix seconds.

    Attributes:
        needless_since: when nobody needed it any more; None while it is answered.
        dropping_at: when its deletion began, which nothing takes back; None before.
        dropped_at: when its last chunk was deleted; None before.
    """

    version: int
    published_at: int
    stored_bytes: int
    needless_since: int | None
    dropping_at: int | None
    dropped_at: int | None


@dataclass(frozen=True, slots=True)
class Freed:
    """How much was deleted, from a time on."""

    versions: int
    freed_bytes: int
