"""The buyer's signature under one question. Without it no share is computed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Request:
    """One plan, on one manifest, for one recipient key made for this job alone.

    `recipient_key` is an X25519 public key in hex; `rho_units` what the buyer agrees to spend;
    `nonce` 32 random hex characters.
    """

    TAG: ClassVar[str] = "market/request/1"

    job: str
    dataset: str
    version: int
    manifest_hash: str
    plan_hash: str
    rho_units: int
    price_cents: int
    recipient_key: str
    nonce: str
    created_at: int
    expires_at: int

    def __post_init__(self) -> None:
        if self.rho_units < 1:
            raise ValueError(f"rho_units is {self.rho_units}, expected 1 or more")
        if len(self.nonce) != 32:
            raise ValueError(f"nonce has {len(self.nonce)} characters, expected 32")
        if self.expires_at <= self.created_at:
            raise ValueError("the request expires before it is made")
