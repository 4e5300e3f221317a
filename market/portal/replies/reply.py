"""What the API answers: the shapes that its description shows, and that every reply keeps to.

Where an entity has the very members that are answered, it is the shape itself.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from market.entities.people import Role


class Reply(BaseModel):
    """One JSON object, with these members and no others."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PlatformKey(Reply):
    """The portal's own key, and the currency that all its prices are in."""

    public_key: str
    currency: str


class IssuedToken(Reply):
    """The one time that a token is shown."""

    token: str
    user: str
    expires_at: int


class CurrentToken(Reply):
    user: str
    scopes: tuple[str, ...]
    expires_at: int | None


class TokenLine(Reply):
    token_id: str
    label: str
    scopes: tuple[str, ...]
    expires_at: int
    created_at: int
    used_at: int | None


class WhoAmI(Reply):
    user: str
    name: str
    organisation: str
    roles: tuple[Role, ...]
    scopes: tuple[str, ...]
    identity_key: str


class RegisteredKey(Reply):
    fingerprint: str


class Done(Reply):
    """Of what is done in one step."""

    status: Literal[
        "listed",
        "granted",
        "revoked",
        "declined",
        "dropping",
        "deleted",
        "registered",
        "marked",
        "unmarked",
    ]
