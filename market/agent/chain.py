"""Send the receipts the platform lacks: it takes no later one without them."""

from __future__ import annotations

from market.agent.home import AgentHome
from market.agent.store.opening import AgentStore
from market.agent.store.spending import receipts
from market.client.api import PortalClient

_BATCH = 100


def send_chain(home: AgentHome, store: AgentStore, portal: PortalClient) -> int:
    """Send every receipt after the last one the platform has; returns how many.

    Raises:
        Conflict: `receipt-forked`: the platform holds another chain of this agent.
        MarketError: the portal does not answer, or does not take them.
    """
    agent = home.signing_key().public.hex
    known = int(portal.post("agent/receipts", {"agent": agent, "receipts": []})["sequence"])
    missing = receipts(store)[known:]
    for first in range(0, len(missing), _BATCH):
        batch = missing[first : first + _BATCH]
        portal.post("agent/receipts", {"agent": agent, "receipts": batch})
    return len(missing)
