"""Begin and end a person's session; give a program its token."""

from __future__ import annotations

from market.entities.people import User
from market.errors import NotPermitted, Refused
from market.policy.texts import refuse_unreadable
from market.policy.tokens import TOKEN_LIFETIME_SECONDS
from market.ports.people import hash_of
from market.services.platform import Platform

SCOPES = ("client", "owner", "agent")


def sign_in(platform: Platform, user: str, password: str, *, now: int) -> str:
    """The secret id of a new session.

    Raises:
        NotPermitted: `password-wrong`. Refused: `too-many-attempts`.
    """
    session = platform.people.sign_in(user, password, now=now)
    if session is None:
        raise _wrong()
    return session


def sign_in_first(platform: Platform, first: User, *, now: int) -> str:
    """A session for the administrator whom the setup link has just made: they need no password
    that they chose a moment ago."""
    return platform.people.open_session(first.user, now=now)


def sign_out(platform: Platform, session: str) -> None:
    """End a session; nothing happens if there is none."""
    platform.people.close_session(session)


def session_hash(session: str) -> str:
    """What a session may be called where its secret id must not be known: its hash (hex)."""
    return hash_of(session)


def issue_token(
    platform: Platform,
    user: str,
    password: str,
    *,
    scopes: tuple[str, ...],
    label: str,
    now: int,
) -> str:
    """A new API token, good for `TOKEN_LIFETIME_SECONDS`; only its hash is stored.

    Raises:
        Refused: `scope-unknown`, `text-unreadable` (the label) or `too-many-attempts`.
        NotPermitted: `password-wrong`.
    """
    if unknown := sorted(set(scopes) - set(SCOPES)):
        raise Refused("scope-unknown", f"Scope {unknown[0]!r} is unknown.", f"Known: {SCOPES}.")
    refuse_unreadable("label", label)
    token = platform.people.sign_in_program(
        user, password, scopes, label, now=now, lifetime_seconds=TOKEN_LIFETIME_SECONDS
    )
    if token is None:
        raise _wrong()
    return token


def _wrong() -> NotPermitted:
    return NotPermitted("password-wrong", "User or password is wrong.", "Try again.")
