"""The organisation somebody belongs to."""

from __future__ import annotations

from market.entities.people import Organisation, User
from market.services.platform import Platform


def read_organisation(platform: Platform, user: User) -> Organisation:
    """The user's own organisation."""
    return platform.people.organisation(user.organisation)
