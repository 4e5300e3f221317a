"""What waits for a user."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class InboxItem:
    """One thing to do.

    `subject` is the id of a job, dataset or consortium, or a token's label; `command` does it at
    the terminal; `key` is a fingerprint to compare first, by a channel other than this portal, or
    empty. No command holds it: what the portal says of a key is not to be copied.
    """

    kind: Literal["sign", "approve", "open", "access", "renew", "join", "consent", "bind"]
    subject: str
    text: str
    command: str
    since: int
    key: str = ""
