"""Tokens, identity keys, and the platform's own key."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header
from pydantic import BaseModel, ConfigDict, Field

from crypto.errors import CryptoError
from crypto.identity import PublicKey, verify
from market.errors import NotPermitted, Refused
from market.policy.texts import refuse_unreadable
from market.portal.access import Caller, Now, PlatformHere, require_person
from market.portal.bodies import ApiRoute
from market.records.identity import IDENTITY_TAG
from market.services.refresh_forms import refresh_forms

router = APIRouter(prefix="/api/v1", route_class=ApiRoute)

TOKEN_LIFETIME_SECONDS = 90 * 24 * 3_600
SCOPES = ("client", "owner", "agent")


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
    if unknown := sorted(set(body.scopes) - set(SCOPES)):
        raise Refused("scope-unknown", f"Scope {unknown[0]!r} is unknown.", f"Known: {SCOPES}.")
    refuse_unreadable("label", body.label)
    token = platform.people.sign_in_program(
        body.user,
        body.password,
        tuple(body.scopes),
        body.label,
        now=now,
        lifetime_seconds=TOKEN_LIFETIME_SECONDS,
    )
    if token is None:
        raise NotPermitted("password-wrong", "User or password is wrong.", "Try again.")
    return {"token": token, "user": body.user, "expires_at": now + TOKEN_LIFETIME_SECONDS}


@router.get("/tokens/current")
def current_token(
    caller: Caller, platform: PlatformHere, authorization: Annotated[str, Header()]
) -> dict[str, Any]:
    """What the token this request carries may do, and until when."""
    user, scopes = caller
    return {
        "user": user.user,
        "scopes": list(scopes),
        "expires_at": platform.people.token_ends_at(authorization.partition(" ")[2]),
    }


@router.delete("/tokens/current", status_code=204)
def revoke_current(
    caller: Caller, platform: PlatformHere, authorization: Annotated[str, Header()]
) -> None:
    """End the token this request carries."""
    platform.people.revoke_secret(authorization.partition(" ")[2])
    del caller


@router.get("/tokens")
def tokens(caller: Caller, platform: PlatformHere) -> list[dict[str, Any]]:
    """The caller's tokens that were not revoked; never their secrets."""
    return [
        {"token_id": token_id, "label": label, "scopes": list(scopes), "expires_at": expires_at}
        for token_id, label, scopes, expires_at in platform.people.tokens(caller[0].user)
    ]


@router.delete("/tokens/{token_id}", status_code=204)
def revoke(token_id: str, caller: Caller, platform: PlatformHere) -> None:
    platform.people.revoke_token(require_person(caller).user, token_id)


@router.get("/whoami")
def whoami(caller: Caller) -> dict[str, Any]:
    user, scopes = caller
    return {
        "user": user.user,
        "name": user.name,
        "organisation": user.organisation,
        "roles": list(user.roles),
        "scopes": list(scopes),
        "identity_key": user.identity_key,
    }


@router.put("/identity")
def register_identity(
    body: IdentityRequest, caller: Caller, platform: PlatformHere, now: Now
) -> dict[str, Any]:
    """Register the caller's public key; `proof` is their signature over their user id.

    A key once registered is not replaced here: what it signed names it for ever.
    """
    user = require_person(caller)
    try:
        key = PublicKey.parse(body.public_key)
        verify(key, IDENTITY_TAG, user.user.encode(), body.proof)
    except CryptoError as error:
        raise Refused(
            "identity-invalid", f"{error}.", "Register with `market keys register`."
        ) from error
    if user.identity_key and user.identity_key != key.hex:
        raise NotPermitted(
            "identity-registered",
            f"User {user.user} has registered another key already.",
            "Restore that key, or ask the administrator for a new user.",
        )
    platform.people.set_identity_key(user.user, key.hex)
    refresh_forms(platform, now=now)
    return {"fingerprint": key.fingerprint()}
