"""Tokens, identity keys, and the platform's own key."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header
from pydantic import BaseModel, ConfigDict, Field

from market.portal.access import CallerHere, Now, PlatformHere
from market.portal.bodies import ApiRoute
from market.services import keep_tokens, sign_in
from market.services.authorize import require_person
from market.services.register_identity import register_identity

router = APIRouter(prefix="/api/v1", route_class=ApiRoute)


class TokenRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    user: str = Field(max_length=100)
    password: str = Field(max_length=1_000)
    label: str = Field(max_length=100)
    scopes: list[str] = Field(default=["client"], max_length=3)


class IdentityRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    public_key: str
    proof: str


@router.get("/platform")
def platform_key(platform: PlatformHere) -> dict[str, Any]:
    """The key that countersigns receipts: pin it."""
    return {"public_key": platform.identity.public.hex}


@router.post("/tokens")
def issue_token(body: TokenRequest, platform: PlatformHere, now: Now) -> dict[str, Any]:
    """A new API token, shown once."""
    scopes, label = tuple(body.scopes), body.label
    token = sign_in.issue_token(
        platform, body.user, body.password, scopes=scopes, label=label, now=now
    )
    return {"token": token, "user": body.user, "expires_at": now + sign_in.TOKEN_LIFETIME_SECONDS}


@router.get("/tokens/current")
def current_token(
    caller: CallerHere, platform: PlatformHere, authorization: Annotated[str, Header()]
) -> dict[str, Any]:
    """What the token this request carries may do, and until when."""
    return {
        "user": caller.user.user,
        "scopes": list(caller.scopes),
        "expires_at": keep_tokens.token_ends_at(platform, authorization.partition(" ")[2]),
    }


@router.delete("/tokens/current", status_code=204)
def revoke_current(
    caller: CallerHere, platform: PlatformHere, authorization: Annotated[str, Header()]
) -> None:
    """End the token this request carries."""
    keep_tokens.revoke_secret(platform, authorization.partition(" ")[2])
    del caller


@router.get("/tokens")
def tokens(caller: CallerHere, platform: PlatformHere) -> list[dict[str, Any]]:
    """The caller's tokens that were not revoked; never their secrets."""
    return [
        {
            "token_id": token.token_id,
            "label": token.label,
            "scopes": list(token.scopes),
            "expires_at": token.expires_at,
        }
        for token in keep_tokens.list_tokens(platform, caller.user)
    ]


@router.delete("/tokens/{token_id}", status_code=204)
def revoke(token_id: str, caller: CallerHere, platform: PlatformHere) -> None:
    keep_tokens.revoke_token(platform, require_person(caller), token_id)


@router.get("/whoami")
def whoami(caller: CallerHere) -> dict[str, Any]:
    user = caller.user
    return {
        "user": user.user,
        "name": user.name,
        "organisation": user.organisation,
        "roles": list(user.roles),
        "scopes": list(caller.scopes),
        "identity_key": user.identity_key,
    }


@router.put("/identity")
def register(
    body: IdentityRequest, caller: CallerHere, platform: PlatformHere, now: Now
) -> dict[str, Any]:
    """Register the caller's public key; `proof` is their signature over their user id.

    A key once registered is not replaced here: what it signed names it for ever.
    """
    user = require_person(caller)
    key = register_identity(platform, user, body.public_key, body.proof, now=now)
    return {"fingerprint": key.fingerprint()}
