"""Entitlement: the owner lets one buyer ask, up to an allocation, until a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Grant:
    """`buyer` is the fingerprint of the buyer's identity key; `terms_digest` what they accepted."""

    TAG: ClassVar[str] = "market/grant/1"

    grant: str
    dataset: str
    lineages: tuple[str, ...]
    buyer: str
    rho_units: int
    terms_digest: str
    issued_at: int
    expires_at: int

    def __post_init__(self) -> None:
        if self.rho_units < 1:
            raise ValueError(f"rho_units is {self.rho_units}, expected 1 or more")
        if self.expires_at <= self.issued_at:
            raise ValueError("the grant expires before it is issued")


@dataclass(frozen=True, slots=True)
class Revocation:
    """Ends a grant; releases already made stay."""

    TAG: ClassVar[str] = "market/revocation/1"

    grant: str
    dataset: str
    revoked_at: int
