"""One run of a consortium: what its recipient asks for, who comes with which key, how it ended.

A session is known by its seal: the digest of the agreement, the request and every member's joining
of it. Each member makes the seal from what it verified itself, and its worker speaks with nobody
who comes with another one. So whoever forwards these documents can swap none of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from crypto import canonical
from crypto.identity import PublicKey
from market.plan.text import check_text
from market.records.members import check_hash

SEAL_TAG: Final = "market/session-seal/1"
_LONGEST_CERTIFICATE = 4_000


@dataclass(frozen=True, slots=True)
class SessionTerms:
    """What a request to a consortium says besides: under which agreement, and whether members'
    arithmetic is verified (crypto.mpc.verified)."""

    agreement_hash: str
    is_verified: bool

    def __post_init__(self) -> None:
        check_hash("agreement_hash", self.agreement_hash)


@dataclass(frozen=True, slots=True)
class SessionJoin:
    """An agent's certificate (PEM) for one session, signed with the agent's key.

    `address` is `host:port` where this session's worker listens, empty: by the relay alone.
    """

    TAG: ClassVar[str] = "market/session-join/1"

    job: str
    party: str
    agreement_hash: str
    request_hash: str
    certificate: str
    address: str
    created_at: int
    expires_at: int

    def __post_init__(self) -> None:
        PublicKey.parse(self.party)
        check_hash("agreement_hash", self.agreement_hash)
        check_hash("request_hash", self.request_hash)
        check_text("certificate", self.certificate, lines=True)
        check_text("address", self.address)
        if not 1 <= len(self.certificate) <= _LONGEST_CERTIFICATE:
            raise ValueError(f"certificate has {len(self.certificate)} characters")


@dataclass(frozen=True, slots=True)
class SessionAbort:
    """An agent's word that its session ended without a result, where and why.

    `accused` is the key of the party whose doing it was, empty where that cannot be known;
    `reported_by` that of the party whose word this is, empty where the signer saw it itself, since
    a liar can name anybody. `seal` is empty where the session was not sealed yet.
    """

    TAG: ClassVar[str] = "market/session-abort/1"

    job: str
    party: str
    request_hash: str
    seal: str
    stage: str
    accused: str
    reported_by: str
    code: str
    message: str
    created_at: int

    def __post_init__(self) -> None:
        PublicKey.parse(self.party)
        for named in (self.accused, self.reported_by):
            if named:
                PublicKey.parse(named)
        for name in ("stage", "code", "message"):
            check_text(name, getattr(self, name), lines=True)


def seal_of(agreement_hash: str, request_hash: str, join_hashes: Sequence[str]) -> str:
    """The seal: SHA-256, in hex; `join_hashes` are those of all joinings, in any order."""
    return canonical.digest(
        SEAL_TAG,
        {
            "agreement": agreement_hash,
            "joinings": sorted(join_hashes),
            "request": request_hash,
        },
    )
