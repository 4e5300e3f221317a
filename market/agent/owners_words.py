"""What the owner signed and this agent has not: standings, grants and revocations, by the portal.

They are the owner's own words, so none can be forged. A platform can withhold them: what an agent
has lost with its machine and the portal does not show, it cannot know.
"""

from __future__ import annotations

from typing import Any, TypeVar

from crypto.errors import CryptoError
from market.client.http.api import PortalClient
from market.errors import NotFound
from market.records.grant import Grant, Revocation
from market.records.signed import Signed, open_signed
from market.vault.grants import keep_grant, keep_revocation
from market.vault.holdings import held_versions, read_holding
from market.vault.home import AgentHome
from market.vault.standings import take_standing

G = TypeVar("G", Grant, Revocation)


def take_words(home: AgentHome, portal: PortalClient) -> None:
    """Keep what the portal shows of the owner's words on every dataset that is held here.

    Raises:
        MarketError: the portal does not answer.
    """
    for dataset, version in dict(held_versions(home)).items():
        owner = read_holding(home, dataset, version).owner_key
        try:
            take_standing(home, dataset, portal.get(f"datasets/{dataset}"), owner=owner)
            lines = portal.get(f"datasets/{dataset}/grants")
        except NotFound:
            # A version that was encrypted and never listed.
            continue
        for line in lines:
            # What was revoked is so before what was granted counts.
            if revocation := _owners(Revocation, line["revocation"], dataset, owner):
                keep_revocation(home, revocation)
            if grant := _owners(Grant, line["grant"], dataset, owner):
                keep_grant(home, grant)


def _owners(kind: type[G], shown: Any, dataset: str, owner: str) -> Signed[G] | None:
    """The document, if it is the owner's word on this dataset."""
    if shown is None:
        return None
    try:
        signed = open_signed(kind, str(shown).encode(), signer=owner)
    except CryptoError:
        return None
    return signed if signed.record.dataset == dataset else None
