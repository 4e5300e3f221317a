"""This agent's chain of receipts at the portal: what it shows of it, and what it lacks.

An agent's receipt is its own word: by its signature alone it is known here, whatever became of the
job it was for.
"""

from __future__ import annotations

from dataclasses import dataclass

from crypto.errors import CryptoError
from market.client.api import PortalClient
from market.errors import Refused
from market.records.receipt import Receipt
from market.records.signed import open_signed, record_hash
from market.vault.home import AgentHome
from market.vault.store.chain import hash_at, head, receipts
from market.vault.store.opening import AgentStore

_BATCH = 100
FORKED = "receipt-forked"


@dataclass(frozen=True, slots=True)
class Shown:
    """A receipt as the portal shows it: `text` is what was signed, `hash` the record's. `job` is
    empty where the portal knows of none."""

    receipt: Receipt
    text: str
    hash: str
    job: str


def shown_receipts(portal: PortalClient, agent: str, *, after: int) -> list[Shown]:
    """An agent's receipts with a higher sequence, signed by it (its key in hex).

    Raises:
        Refused: `receipt-invalid`. MarketError: the portal does not answer.
    """
    found = []
    for line in portal.get("agent/receipts", after=str(after), agent=agent):
        text = str(line["receipt"])
        try:
            receipt = open_signed(Receipt, text.encode(), signer=agent).record
        except CryptoError as error:
            raise Refused(
                "receipt-invalid",
                f"The portal shows a receipt that is not this agent's: {error}.",
                "Keep the agent stopped, and tell the operator of the portal.",
            ) from error
        found.append(Shown(receipt, text, record_hash(receipt), str(line["job"])))
    return found


def unknown_receipt(store: AgentStore, portal: PortalClient, agent: str) -> Shown | None:
    """The first receipt the portal shows that is not in this store's chain.

    Looked at is what the portal has from this store's newest receipt on; where its chain is the
    shorter one, its newest: in one history that receipt stands here too.

    Raises:
        MarketError: as `shown_receipts`.
    """
    sequence, _ = head(store)
    shown = shown_receipts(portal, agent, after=max(sequence - 1, 0))
    if not shown and sequence:
        known = _known(portal, agent)
        shown = shown_receipts(portal, agent, after=known - 1) if known else []
    return next((one for one in shown if hash_at(store, one.receipt.sequence) != one.hash), None)


def send_chain(home: AgentHome, store: AgentStore, portal: PortalClient) -> int:
    """Send every receipt after the last one the platform has; returns how many.

    Raises:
        Conflict: `receipt-forked`: the platform holds another chain of this agent.
        MarketError: the portal does not answer, or does not take them.
    """
    agent = home.signing_key().public.hex
    missing = receipts(store)[_known(portal, agent) :]
    for first in range(0, len(missing), _BATCH):
        batch = missing[first : first + _BATCH]
        portal.post("agent/receipts", {"agent": agent, "receipts": batch})
    return len(missing)


def _known(portal: PortalClient, agent: str) -> int:
    """How far the chain at the portal goes."""
    return int(portal.post("agent/receipts", {"agent": agent, "receipts": []})["sequence"])
