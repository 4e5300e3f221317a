"""Organisations, users, sessions, tokens, identity keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

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


class People(Protocol):
    def add_organisation(self, organisation: Organisation) -> None: ...

    def organisations(self) -> list[Organisation]: ...

    def add_user(self, user: User, password: str) -> None:
        """Raises Conflict if the user exists, Refused for a weak password."""

    def user(self, user: str) -> User:
        """Raises NotFound."""

    def users(self) -> list[User]: ...

    def set_password(self, user: str, password: str) -> None: ...

    def set_active(self, user: str, is_active: bool) -> None: ...

    def set_identity_key(self, user: str, identity_key: str) -> None:
        """Raises Conflict if another user has registered this key."""

    def by_identity_fingerprint(self, fingerprint: str) -> User | None: ...

    def check_password(self, user: str, password: str) -> User | None: ...

    def open_session(self, user: str, *, now: int) -> str:
        """A new session's secret id; only its hash is stored."""

    def session_user(self, session: str, *, now: int) -> User | None:
        """The user of a live session (idle and absolute expiry), or None."""

    def close_session(self, session: str) -> None: ...

    def issue_token(
        self, user: str, scopes: tuple[str, ...], label: str, *, now: int, lifetime_seconds: int
    ) -> str:
        """A new API token, shown once; only its hash is stored."""

    def token_user(self, token: str, *, now: int) -> tuple[User, tuple[str, ...]] | None: ...

    def tokens(self, user: str) -> list[tuple[str, str, tuple[str, ...], int]]:
        """(token id, label, scopes, expires_at) of a user's live tokens."""

    def revoke_secret(self, token: str) -> None:
        """End the token with this secret, if there is one."""

    def revoke_token(self, user: str, token_id: str) -> None: ...

    def make_setup_link(self, *, now: int, lifetime_seconds: int) -> str:
        """The one-time administrator link's secret; only while there is no administrator."""

    def use_setup_link(self, secret: str, *, now: int) -> bool: ...
