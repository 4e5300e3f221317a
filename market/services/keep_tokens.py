"""A person's API tokens: which there are, until when, and the end of one."""

from __future__ import annotations

from market.entities.people import Token, User
from market.services.platform import Platform


def list_tokens(platform: Platform, user: User) -> list[Token]:
    """The user's tokens that were not revoked, ended ones too."""
    return [Token(*kept) for kept in platform.people.tokens(user.user)]


def revoke_token(platform: Platform, user: User, token_id: str) -> None:
    """End one of the user's tokens; another's, or none, is left alone."""
    platform.people.revoke_token(user.user, token_id)


def revoke_secret(platform: Platform, token: str) -> None:
    """End the token with this secret, if there is one: whoever holds it may."""
    platform.people.revoke_secret(token)


def token_ends_at(platform: Platform, token: str) -> int | None:
    """When the token with this secret ends (unix seconds); None when there is none."""
    return platform.people.token_ends_at(token)
