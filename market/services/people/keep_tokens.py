"""A person's own ways in: their sessions and API tokens, which there are, and the end of one."""

from __future__ import annotations

from market.entities.people import Token, User, WebSession
from market.ports.people import hash_of, session_id_of
from market.services.audit_trail import Deed, audited
from market.services.platform import Platform


def list_tokens(platform: Platform, user: User) -> list[Token]:
    """The user's tokens that were not revoked, ended ones too."""
    return platform.people.tokens(user.user)


def revoke_token(platform: Platform, user: User, token_id: str, *, now: int) -> None:
    """End one of the user's tokens; another's, or none, is left alone."""
    known = {token.token_id: token for token in list_tokens(platform, user)}
    if (token := known.get(token_id)) is None:
        return
    deed = Deed("token-revoked", user.user, before=" ".join((token_id, *token.scopes)))
    with audited(platform, user, deed, now=now):
        platform.people.revoke_token(user.user, token_id)


def revoke_own(platform: Platform, user: User, secret: str, *, now: int) -> None:
    """End the user's token with this secret, if there is one."""
    if (token := platform.people.token(secret)) is not None:
        revoke_token(platform, user, token.token_id, now=now)


def token_ends_at(platform: Platform, secret: str) -> int | None:
    """When the token with this secret ends (unix seconds); None when there is none."""
    token = platform.people.token(secret)
    return token.expires_at if token is not None else None


def list_sessions(platform: Platform, user: User, *, now: int) -> list[WebSession]:
    """The user's live sessions, the newest first."""
    return platform.people.sessions(user.user, now=now)


def end_session(platform: Platform, user: User, session_id: str) -> None:
    """End one of the user's sessions, here and in Airflow; another's, or none, is left alone."""
    platform.people.end_session(user.user, session_id)


def session_id(session: str) -> str:
    """What the session with this secret id is called in its user's list."""
    return session_id_of(hash_of(session))
