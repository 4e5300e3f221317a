"""An opened result, sealed again to a colleague: their reader key, and what the sharer signs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar, Final

from crypto.envelope import ENCAPSULATED_BYTES, PRIVATE_BYTES
from crypto.identity import PublicKey
from market.records.members import check_hash

SHARED_INFO: Final = b"market/shared-result/1"
"""HPKE info of what is sealed; who seals, to whom and what for stands in the associated data."""

_TAG_BYTES: Final = 16
_SEALED: Final = re.compile(rf"[0-9a-f]{{{2 * (ENCAPSULATED_BYTES + PRIVATE_BYTES + _TAG_BYTES)}}}")


@dataclass(frozen=True, slots=True)
class ReaderKey:
    """Signed by the user whose it is: `reader_key` (X25519, hex) opens what is shared with them."""

    TAG: ClassVar[str] = "market/reader-key/1"

    user: str
    reader_key: str
    issued_at: int

    def __post_init__(self) -> None:
        check_hash("reader_key", self.reader_key)


@dataclass(frozen=True, slots=True)
class SharedHeader:
    """Bound into the HPKE seal as associated data.

    `statement_hash` is of the platform's word on the one result of the job: it names every share,
    envelope and receipt that the sharer opened. `sharer` and `recipient` are their identity keys.
    """

    job: str
    request_hash: str
    statement_hash: str
    sharer: str
    recipient: str
    reader_key: str
    issued_at: int

    def __post_init__(self) -> None:
        for name in ("request_hash", "statement_hash", "reader_key"):
            check_hash(name, getattr(self, name))
        if PublicKey.parse(self.sharer) == PublicKey.parse(self.recipient):
            raise ValueError("sharer and recipient are one, expected two people")


@dataclass(frozen=True, slots=True)
class SharedResult:
    """Signed by the sharer; `sealed` is the HPKE ciphertext (hex) of the 32 bytes of the job's
    recipient key, which opens this one job's envelopes and nothing else."""

    TAG: ClassVar[str] = "market/shared-result/1"

    header: SharedHeader
    sealed: str

    def __post_init__(self) -> None:
        if not _SEALED.fullmatch(self.sealed):
            raise ValueError("sealed is not the hex of a sealed key of 32 bytes")
