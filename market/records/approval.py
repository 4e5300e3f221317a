"""The owner's yes, or no, to one request: made by the agent under policy, or by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from market.plan.text import check_text


@dataclass(frozen=True, slots=True)
class Approval:
    """Single use: it names the request by hash, and the agent spends its nonce."""

    TAG: ClassVar[str] = "market/approval/1"

    job: str
    request_hash: str
    plan_hash: str
    manifest_hash: str
    buyer: str
    recipient_key: str
    rho_units: int
    nonce: str
    created_at: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """The owner's no. Code and words are functions of plan, policy and ledger, never of data."""

    TAG: ClassVar[str] = "market/refusal/1"

    job: str
    request_hash: str
    code: str
    message: str
    next_action: str
    created_at: int

    def __post_init__(self) -> None:
        for name in ("code", "message", "next_action"):
            check_text(name, getattr(self, name), lines=True)
