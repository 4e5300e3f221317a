"""Organisations and users."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Role = Literal["administrator", "owner", "buyer"]


@dataclass(frozen=True, slots=True)
class Organisation:
    """`organisation` is a slug; it also names the buyer's submit DAG."""

    organisation: str
    name: str


@dataclass(frozen=True, slots=True)
class User:
    """`identity_key` is the Ed25519 public key (hex) the user registered, or empty."""

    user: str
    organisation: str
    name: str
    roles: tuple[Role, ...]
    identity_key: str
    is_active: bool
