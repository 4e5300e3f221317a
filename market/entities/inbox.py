"""What waits for a user, and what they have marked as done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal[
    "sign",
    "approve",
    "open",
    "shared",
    "withdrawn",
    "access",
    "renew",
    "join",
    "consent",
    "bind",
]
WAITS_FOR_NOBODY: Final[frozenset[Kind]] = frozenset({"open", "shared", "withdrawn"})
"""Kinds that their reader alone is concerned with: whether and when they act is theirs to say."""


@dataclass(frozen=True, slots=True, order=True)
class InboxPlace:
    """Where an item stands among all that waits: since when (unix seconds), and what it is.

    What waits since another moment is another thing, though it be the same job.
    """

    since: int
    kind: Kind
    about: str


@dataclass(frozen=True, slots=True)
class InboxItem:
    """One thing to do.

    `subject` is the id of a job, dataset or consortium, or a token's label; `command` does it at
    the terminal; `key` is a fingerprint to compare first, by a channel other than this portal, or
    empty. No command holds it: what the portal says of a key is not to be copied. `request` is the
    id of a wish for access, and empty for all else.
    """

    kind: Kind
    subject: str
    text: str
    command: str
    since: int
    key: str = ""
    request: str = ""

    @property
    def place(self) -> InboxPlace:
        """Its place in the list, by which it is marked, too."""
        return InboxPlace(self.since, self.kind, self.request or self.subject)


@dataclass(frozen=True, slots=True)
class InboxMark:
    """A user's own word that they are done with what stands at a place."""

    user: str
    place: InboxPlace
    marked_at: int
