"""Begin and end a person's session; give a program its token."""

from __future__ import annotations

from contextlib import ExitStack

from market.entities.people import NewToken, User
from market.errors import NotPermitted, Refused
from market.policy.operation.tokens import TOKEN_LIFETIME_SECONDS
from market.policy.texts import refuse_unreadable
from market.ports.people import hash_of
from market.services.audit_trail import Deed, audited
from market.services.platform import Platform

SCOPES = ("client", "owner", "agent")


def sign_in(
    platform: Platform, user: str, password: str, *, network: str, now: int, client: str = ""
) -> str:
    """The secret id of a new session.

    Args:
        network: where the attempt comes from.
        client: what its person will know it by: browser and system.

    Raises:
        NotPermitted: `password-wrong`. Refused: `too-many-attempts`.
    """
    session = platform.people.sign_in(user, password, now=now, client=client, network=network)
    if session is None:
        raise _wrong()
    return session


def sign_in_first(platform: Platform, first: User, *, now: int, client: str = "") -> str:
    """A session for the administrator whom the setup link has just made: they need no password
    that they chose a moment ago."""
    return platform.people.open_session(first.user, now=now, client=client)


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
    network: str,
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
    new = NewToken(platform.entropy(8).hex(), label, scopes, now + TOKEN_LIFETIME_SECONDS)
    with ExitStack() as acts:
        # Whoever guesses at passwords leaves no entries.
        def write_down(found: User) -> None:
            deed = Deed("token-made", found.user, after=" ".join((new.token_id, *scopes)))
            acts.enter_context(audited(platform, found, deed, now=now))

        token = platform.people.sign_in_program(
            user, password, new, now=now, announce=write_down, network=network
        )
        if token is None:
            raise _wrong()
    return token


def _wrong() -> NotPermitted:
    return NotPermitted("password-wrong", "User or password is wrong.", "Try again.")
