"""One-time links: how somebody comes in who has no password yet, or no longer.

One kind makes the first administrator (set_up), the other lets a person choose a password
(choose_password). Both are good for a day and for one use, and only their hash is kept.
"""

from __future__ import annotations

from typing import Final

from market.entities.people import OneTimeLink
from market.errors import NotPermitted
from market.services.platform import Platform

LINK_LIFETIME_SECONDS: Final = 24 * 3_600


def live_link(platform: Platform, secret: str, *, now: int) -> OneTimeLink:
    """The link with this secret (raises NotPermitted, `link-dead`).

    Whether a link was used, has expired, was replaced or was never made is answered alike, by the
    same look at the same index.
    """
    if (found := platform.people.find_link(secret, now=now)) is None:
        raise dead_link()
    return found


def dead_link() -> NotPermitted:
    """`link-dead`: the link lets nobody in."""
    return NotPermitted(
        "link-dead",
        "This link was used, has expired, was replaced, or was never made.",
        "Ask an administrator for another. The first one: `market admin setup-link`, on the "
        "portal's machine.",
    )
