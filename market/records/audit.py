"""The trail of what administrators do: numbered entries, each naming the hash of the one before.

The platform signs every entry, so whoever can write its database but lacks its key cannot add,
alter or reorder one. What a trail loses at its end shows beside a head that was kept elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final, Literal, get_args

from crypto import canonical
from market.records.members import check_hash

Act = Literal[
    "organisation-added",
    "organisation-exported",
    "user-added",
    "roles-set",
    "activated",
    "deactivated",
    "user-removed",
    "password-set",
    "password-link-made",
    "password-chosen",
    "setup-link-made",
    "set-up",
    "token-made",
    "token-revoked",
    "limit-set",
    "ciphertext-dropped",
    "secret-rotation-begun",
    "secret-rotation-finished",
    "backup-made",
    "backup-verified",
    "restored",
]
ACTS: Final[tuple[Act, ...]] = get_args(Act)
FIRST_PREVIOUS: Final = "0" * 64


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Signed by the platform before the act is done, so that none is missing.

    Attributes:
        number: from 1, without gaps.
        previous: `document_hash` of the entry before; zeros for the first.
        at: unix seconds.
        by: whoever does it; None for an operator at the platform's own machine, or for the platform
            by itself, as its settings say.
        subject: the user, organisation, secret or version of a dataset that it is done to; empty
            where there is none.
        before, after: ids, roles and reasons, never a value that is secret.
        not_done: the number of the entry whose act was not done after all; None for an act.
        code: why it was not done; empty for an act.
    """

    TAG: ClassVar[str] = "market/audit-entry/1"

    number: int
    previous: str
    at: int
    by: str | None
    act: Act
    subject: str
    before: str
    after: str
    not_done: int | None
    code: str

    def __post_init__(self) -> None:
        check_hash("previous", self.previous)
        if self.number < 1:
            raise ValueError(f"number is {self.number}, expected 1 or more")


@dataclass(frozen=True, slots=True)
class AuditHead:
    """Signed by the platform on an export: the newest entry there was, number 0 for none."""

    TAG: ClassVar[str] = "market/audit-head/1"

    number: int
    entry_hash: str
    at: int

    def __post_init__(self) -> None:
        check_hash("entry_hash", self.entry_hash)
        if self.number < 0:
            raise ValueError(f"number is {self.number}, expected 0 or more")


def document_hash(document: str) -> str:
    """What the next entry names: the hash of an entry as it is kept, signature and all."""
    return canonical.digest_bytes("market/audit-document/1", document.encode())
