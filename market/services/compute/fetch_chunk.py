"""Hand a chunk back to its owner, whose agent multiplies it again before it answers."""

from __future__ import annotations

from market.entities.people import User
from market.services.authorize import require_own_chunk
from market.services.platform import Platform

LIFETIME_SECONDS = 900


def address_to_fetch(platform: Platform, user: User, key: str, *, now: int) -> str:
    """Where a chunk may be read for a quarter of an hour, by the owner it was uploaded by.

    Raises:
        Refused: the key is malformed. NotPermitted: it is another owner's.
    """
    require_own_chunk(user, key)
    return platform.objects.download_url(key, LIFETIME_SECONDS, now)
