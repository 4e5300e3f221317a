"""Tokens, sessions, identity keys, and the platform's own key."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header
from pydantic import Field

from market.entities.people import WebSession
from market.policy.operation.tokens import TOKEN_LIFETIME_SECONDS
from market.portal.access import AskedFrom, CallerHere, Now, PlatformHere, SettingsHere
from market.portal.bodies import ApiRoute, Body
from market.portal.replies.reply import (
    CurrentToken,
    IssuedToken,
    PlatformKey,
    RegisteredKey,
    TokenLine,
    WhoAmI,
)
from market.services.authorize import require_person
from market.services.people import keep_tokens, sign_in
from market.services.people.register_identity import register_identity

router = APIRouter(prefix="/api/v1", route_class=ApiRoute)


class TokenRequest(Body):
    user: str = Field(max_length=100)
    password: str = Field(max_length=1_000)
    label: str = Field(max_length=100)
    scopes: list[str] = Field(default=["client"], max_length=3)


class IdentityRequest(Body):
    public_key: str
    proof: str


@router.get("/platform")
def platform_key(platform: PlatformHere, settings: SettingsHere) -> PlatformKey:
    """The key that countersigns receipts: pin it. And what prices are in."""
    return PlatformKey(public_key=platform.identity.public.hex, currency=settings.currency)


@router.post("/tokens")
def issue_token(
    body: TokenRequest, platform: PlatformHere, network: AskedFrom, now: Now
) -> IssuedToken:
    """A new API token, shown once."""
    scopes, label = tuple(body.scopes), body.label
    token = sign_in.issue_token(
        platform, body.user, body.password, scopes=scopes, label=label, network=network, now=now
    )
    return IssuedToken(token=token, user=body.user, expires_at=now + TOKEN_LIFETIME_SECONDS)


@router.get("/tokens/current")
def current_token(
    caller: CallerHere, platform: PlatformHere, authorization: Annotated[str, Header()]
) -> CurrentToken:
    """What the token this request carries may do, and until when."""
    return CurrentToken(
        user=caller.user.user,
        scopes=caller.scopes,
        expires_at=keep_tokens.token_ends_at(platform, authorization.partition(" ")[2]),
    )


@router.delete("/tokens/current", status_code=204)
def revoke_current(
    caller: CallerHere, platform: PlatformHere, now: Now, authorization: Annotated[str, Header()]
) -> None:
    """End the token this request carries."""
    keep_tokens.revoke_own(platform, caller.user, authorization.partition(" ")[2], now=now)


@router.get("/tokens")
def tokens(caller: CallerHere, platform: PlatformHere) -> list[TokenLine]:
    """The caller's tokens that were not revoked; never their secrets."""
    return [
        TokenLine(
            token_id=token.token_id,
            label=token.label,
            scopes=token.scopes,
            expires_at=token.expires_at,
            created_at=token.created_at,
            used_at=token.used_at,
        )
        for token in keep_tokens.list_tokens(platform, caller.user)
    ]


@router.delete("/tokens/{token_id}", status_code=204)
def revoke(token_id: str, caller: CallerHere, platform: PlatformHere, now: Now) -> None:
    """End one of the caller's tokens."""
    keep_tokens.revoke_token(platform, require_person(caller), token_id, now=now)


@router.get("/sessions")
def sessions(caller: CallerHere, platform: PlatformHere, now: Now) -> list[WebSession]:
    """The caller's live sessions at the portal's pages, the newest first; never their secrets."""
    user = require_person(caller)
    return list(keep_tokens.list_sessions(platform, user, now=now))


@router.delete("/sessions/{session_id}", status_code=204)
def end_session(session_id: str, caller: CallerHere, platform: PlatformHere) -> None:
    """End one of the caller's sessions, in Airflow too."""
    keep_tokens.end_session(platform, require_person(caller), session_id)


@router.get("/whoami")
def whoami(caller: CallerHere) -> WhoAmI:
    """The caller, and what their token may do."""
    user = caller.user
    return WhoAmI(
        user=user.user,
        name=user.name,
        organisation=user.organisation,
        roles=user.roles,
        scopes=caller.scopes,
        identity_key=user.identity_key,
    )


@router.put("/identity")
def register(
    body: IdentityRequest, caller: CallerHere, platform: PlatformHere, now: Now
) -> RegisteredKey:
    """Register the caller's public key; `proof` is their signature over their user id.

    A key once registered is not replaced here: what it signed names it for ever.
    """
    user = require_person(caller)
    key = register_identity(platform, user, body.public_key, body.proof, now=now)
    return RegisteredKey(fingerprint=key.fingerprint())
