"""Lists that the portal answers a page at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from market.client.http.api import PortalClient
from market.client.http.transport import nonsense


def items_of(portal: PortalClient, path: str, *, after: int = 0, **query: str) -> Iterator[Any]:
    """The items of a list behind `after`, in order; each page is asked for when it is needed.

    Raises:
        Unavailable: `portal-nonsense`: a page goes on and holds nothing, or does not go forward.
        MarketError: the portal does not answer.
    """
    further: int | None = after
    while further is not None:
        page = portal.get(path, after=str(further), **query)
        yield from page["items"]
        following = page["further"]
        # Else a portal could hold whoever reads for ever, without a receipt to show for it.
        if following is not None and (following <= further or not page["items"]):
            raise nonsense(f"The portal's list {path} goes on from {further} to {following}")
        further = following
