"""Listings that the owner signed and this agent has missed: by the portal, under the owner's key.

An agent that was restored obeys the listings of its backup until it has taken in the later ones.
A platform can withhold them; what it shows must be the owner's word on the very data held here.
"""

from __future__ import annotations

from typing import Any

from market.client.http.api import PortalClient
from market.errors import NotFound
from market.policy.budget.people import terms_of
from market.records.listing import Listing
from market.records.signed import Signed
from market.vault.editions import held_editions, keep_listing, shown_listing
from market.vault.holdings import Holding, held_versions, read_holding
from market.vault.home import AgentHome
from market.vault.store.amend import follow
from market.vault.store.opening import AgentStore


def take_listings(home: AgentHome, store: AgentStore, portal: PortalClient) -> list[Listing]:
    """Keep every listing that the portal shows of what is held here, and let the newest one's terms
    count. Done again it changes nothing.

    Returns:
        Those that were missing, in order.

    Raises:
        MarketError: the portal does not answer.
    """
    held, taken = held_versions(home), list[Listing]()
    for dataset in sorted({dataset for dataset, _ in held}):
        try:
            lines = portal.get(f"datasets/{dataset}/listings")
        except NotFound:
            # A version that was encrypted and never listed.
            continue
        for version in (version for name, version in held if name == dataset):
            taken += _take(home, store, read_holding(home, dataset, version), lines)
    return taken


def _take(home: AgentHome, store: AgentStore, holding: Holding, lines: list[Any]) -> list[Listing]:
    shown = (_owners(line["listing"], holding) for line in lines)
    record = holding.listing.record
    held = held_editions(home, record.dataset, record.version)
    missed = [one for one in shown if one is not None and one.record.edition not in held]
    for listing in missed:
        keep_listing(home, listing)
    newest = read_holding(home, record.dataset, record.version)
    follow(store, terms_of(newest.current, newest.manifest.record))
    return [one.record for one in missed]


def _owners(text: Any, holding: Holding) -> Signed[Listing] | None:
    """The listing, if it is the owner's word on the data of this version."""
    signed = shown_listing(str(text), holding.owner_key)
    fits = signed is not None and signed.record.manifest_hash == holding.manifest_hash
    return signed if fits else None
