"""Whom somebody means who writes a part of a name."""

from __future__ import annotations

from market.services.platform import Platform


def askers_called(platform: Platform, text: str) -> frozenset[str] | None:
    """Ids of the users and organisations whose name or id holds the text; None for no text."""
    wanted = text.strip().lower()
    if not wanted:
        return None
    called = [(one.user, one.name) for one in platform.people.users()]
    called += [(one.organisation, one.name) for one in platform.people.organisations()]
    return frozenset(one for one, name in called if wanted in f"{one}\n{name}".lower())
