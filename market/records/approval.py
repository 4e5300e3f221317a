"""The owner's yes, or no, to one request: made by the agent under policy, or by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from crypto.identity import PublicKey
from market.plan.text import check_text
from market.records.members import check_hashes


@dataclass(frozen=True, slots=True)
class Approval:
    """Single use: it names the request by hash, and the agent spends its nonce.

    `party` is the public key (hex) of the agent it speaks for, whoever of agent and owner signed
    it; `manifest_hashes` are those of that agent's datasets alone, in the request's order.
    """

    TAG: ClassVar[str] = "market/approval/2"

    job: str
    party: str
    request_hash: str
    plan_hash: str
    manifest_hashes: tuple[str, ...]
    buyer: str
    recipient_key: str
    rho_units: int
    nonce: str
    created_at: int
    expires_at: int

    def __post_init__(self) -> None:
        PublicKey.parse(self.party)
        check_hashes("manifest_hashes", self.manifest_hashes)


@dataclass(frozen=True, slots=True)
class Refusal:
    """The owner's no, for the same `party` and `manifest_hashes` that an approval would name.

    Code and words are functions of plan, policy and ledger, never of data.
    """

    TAG: ClassVar[str] = "market/refusal/2"

    job: str
    party: str
    request_hash: str
    manifest_hashes: tuple[str, ...]
    code: str
    message: str
    next_action: str
    created_at: int

    def __post_init__(self) -> None:
        PublicKey.parse(self.party)
        check_hashes("manifest_hashes", self.manifest_hashes)
        for name in ("code", "message", "next_action"):
            check_text(name, getattr(self, name), lines=True)
