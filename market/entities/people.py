"""Organisations, users, and in whose name somebody speaks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from crypto.identity import PublicKey

Role = Literal["administrator", "owner", "buyer"]


@dataclass(frozen=True, slots=True)
class Organisation:
    """`organisation` is a slug; it also names the buyer's submit DAG."""

    organisation: str
    name: str


@dataclass(frozen=True, slots=True)
class User:
    """`identity_key` is the Ed25519 public key (hex) the user registered, or empty.

    Whoever was removed has a `former_number`, counted from 1, and is called by it. Id and key stay:
    what they signed names them.
    """

    user: str
    organisation: str
    name: str
    roles: tuple[Role, ...]
    identity_key: str
    is_active: bool
    former_number: int | None = None

    @property
    def identity_fingerprint(self) -> str:
        """By which grants name them; empty without a key."""
        return PublicKey.parse(self.identity_key).fingerprint() if self.identity_key else ""


@dataclass(frozen=True, slots=True)
class Names:
    """What people and organisations are called, by their ids; whoever is not there, by the id."""

    users: Mapping[str, str]
    organisations: Mapping[str, str]

    def user(self, user: str) -> str:
        return self.users.get(user, user)

    def organisation(self, organisation: str) -> str:
        return self.organisations.get(organisation, organisation)


@dataclass(frozen=True, slots=True)
class Operator:
    """Whoever works at the platform's own machine with a shell: they could change its database by
    hand, so no role is asked of them."""


@dataclass(frozen=True, slots=True)
class OneTimeLink:
    """Whom a link lets in who has no password: `user`, or the first administrator where it is None,
    who chooses a name too."""

    user: str | None


@dataclass(frozen=True, slots=True)
class Token:
    """What is known of an API token that was not revoked; its secret is not kept.

    Times are in unix seconds, `used_at` to the minute, None where it was never used; the reader
    compares `expires_at` with their clock.
    """

    token_id: str
    label: str
    scopes: tuple[str, ...]
    expires_at: int
    created_at: int
    used_at: int | None


@dataclass(frozen=True, slots=True)
class NewToken:
    """An API token that is to be made; `token_id` is what it may be called."""

    token_id: str
    label: str
    scopes: tuple[str, ...]
    expires_at: int


@dataclass(frozen=True, slots=True)
class WebSession:
    """A person's session, as they know it again.

    Attributes:
        session_id: what it may be called: the beginning of its hash.
        client: browser and system, empty when unknown.
        opened_at, seen_at: unix seconds, the last use to the minute.
    """

    session_id: str
    client: str
    opened_at: int
    seen_at: int


@dataclass(frozen=True, slots=True)
class Caller:
    """Who speaks to the platform, and what their token or session lets them do in their name."""

    user: User
    scopes: tuple[str, ...]
