"""A person's public key becomes theirs for this platform: what it signed names it for ever."""

from __future__ import annotations

from crypto.errors import CryptoError
from crypto.identity import PublicKey, verify
from market.entities.people import User
from market.errors import NotPermitted, Refused
from market.records.identity import IDENTITY_TAG
from market.services.access.refresh_forms import refresh_forms
from market.services.platform import Platform


def register_identity(
    platform: Platform, user: User, public_key: str, proof: str, *, now: int
) -> PublicKey:
    """Register the user's public key (hex); the same key again changes nothing.

    Args:
        proof: their signature with that key over their user id.

    Raises:
        Refused: `identity-invalid`. NotPermitted: `identity-registered`: another key stands.
        Conflict: the key is another user's.
    """
    try:
        key = PublicKey.parse(public_key)
        verify(key, IDENTITY_TAG, user.user.encode(), proof)
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
    return key
