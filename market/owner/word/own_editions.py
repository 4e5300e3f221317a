"""Every edition of an owner's listing: those that the agent holds beside those the portal shows.

What only the portal has was missed by an agent that was put back. What only the agent has is obeyed
already, and waits to be told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from market.client.http.api import PortalClient
from market.errors import MarketError
from market.owner.word.grants import newest_holding
from market.records.listing import Listing
from market.vault.editions import held_editions, read_listing, shown_listing
from market.vault.holdings import held_versions
from market.vault.home import AgentHome
from market.vault.standings import newest_published

Which = tuple[int, int]
"""A version, and an edition of its listing."""


@dataclass(frozen=True, slots=True)
class OwnEditions:
    """How a dataset was listed.

    Attributes:
        listings: every one that its owner signed, as far as it is known here, in order.
        listed_at: when the portal took each, in unix seconds; None where it says nothing.
        held: those that the agent has.
    """

    listings: tuple[Listing, ...]
    listed_at: Mapping[Which, int] | None
    held: frozenset[Which]

    @property
    def missed(self) -> tuple[Listing, ...]:
        """Those that the portal shows and the agent does not have."""
        return tuple(one for one in self.listings if _which(one) not in self.held)

    @property
    def waiting(self) -> Listing | None:
        """The newest, where it was changed here and the portal does not have it."""
        if self.listed_at is None or not self.listings:
            return None
        newest = self.listings[-1]
        return newest if newest.edition > 1 and _which(newest) not in self.listed_at else None


def own_editions(portal: PortalClient | None, home: AgentHome, dataset: str) -> OwnEditions:
    """The editions of every published version (raises NotFound; as `read_listing`).

    Args:
        portal: None where nobody is signed in.
    """
    owner = newest_holding(home, dataset).owner_key
    held, published = dict(_held(home, dataset, owner)), newest_published(home, dataset) or 0
    found = {which: listing for which, listing in held.items() if which[0] <= published}
    listed_at: dict[Which, int] | None = None
    if (shown := _shown(portal, dataset, owner)) is not None:
        listed_at = {which: at for which, (_, at) in shown.items()}
        found = {which: listing for which, (listing, _) in shown.items()} | found
    listings = tuple(found[which] for which in sorted(found))
    return OwnEditions(listings, listed_at, frozenset(held))


def _held(home: AgentHome, dataset: str, owner: str) -> Iterator[tuple[Which, Listing]]:
    for version in (version for name, version in held_versions(home) if name == dataset):
        for edition in held_editions(home, dataset, version):
            signed = read_listing(home, dataset, version, owner, edition=edition)
            yield (version, edition), signed.record


def _shown(
    portal: PortalClient | None, dataset: str, owner: str
) -> dict[Which, tuple[Listing, int]] | None:
    """What the portal shows, if it is the owner's word; None where it does not answer."""
    if portal is None:
        return None
    try:
        lines = portal.get(f"datasets/{dataset}/listings")
    except MarketError:
        return None
    signed = ((shown_listing(str(one["listing"]), owner), int(one["listed_at"])) for one in lines)
    return {
        _which(one.record): (one.record, at)
        for one, at in signed
        if one is not None and one.record.dataset == dataset
    }


def _which(listing: Listing) -> Which:
    return listing.version, listing.edition
