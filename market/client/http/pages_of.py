"""Lists that the portal answers a page at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from market.client.http.api import PortalClient
from market.client.http.transport import nonsense

_PAGE_DATASETS: Final = 200


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


def datasets_of(portal: PortalClient, **query: str) -> list[dict[str, Any]]:
    """The catalogue's datasets, by id: all pages of those that are as `query` says.

    A portal of an earlier release answers all of them at once, whatever is asked for.

    Raises:
        MarketError: the portal does not answer, or refuses the query.
    """
    found: list[dict[str, Any]] = []
    after, is_further = "", True
    while is_further:
        page = portal.get("datasets", **query, after=after, limit=str(_PAGE_DATASETS))
        # Each page goes forward, whatever a portal answers.
        new = [one for one in page if one["dataset"] > after]
        found += new
        is_further = len(page) == len(new) == _PAGE_DATASETS
        after = max((one["dataset"] for one in new), default=after)
    return found
