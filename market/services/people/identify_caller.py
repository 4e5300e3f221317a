"""Who is asking: the person of a session, the caller behind an API token."""

from __future__ import annotations

from market.entities.people import Caller, User
from market.services.platform import Platform, Registers

SESSION_SCOPES = ("client", "owner")
"""A session lets its person do all that a person's tokens could; an agent has none."""


def user_of_session(platform: Platform, session: str, *, now: int) -> User | None:
    """The active user of a live session, by its secret id; None for any other."""
    return platform.people.session_user(session, now=now) if session else None


def caller_of_session(platform: Platform, session: str, *, now: int) -> Caller | None:
    """The same with a session's scopes."""
    user = user_of_session(platform, session, now=now)
    return Caller(user, SESSION_SCOPES) if user is not None else None


def caller_of_token(platform: Registers, token: str, *, now: int) -> Caller | None:
    """The active user and the scopes of a live API token, by its secret; None for any other."""
    found = platform.people.token_user(token, now=now)
    return Caller(*found) if found is not None else None
