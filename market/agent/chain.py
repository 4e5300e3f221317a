"""This agent's chain of receipts at the portal: what it shows of it, and what it lacks.

An agent's receipt is its own word: by its signature alone it is known here, whatever became of the
job it was for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from crypto.errors import CryptoError
from market.client.http.api import PortalClient
from market.client.http.pages_of import items_of
from market.errors import Refused
from market.records.receipt import Receipt
from market.records.signed import open_signed, record_hash
from market.vault.home import AgentHome
from market.vault.store.chain import hash_at, head, receipts
from market.vault.store.opening import AgentStore

FORKED = "receipt-forked"


@dataclass(frozen=True, slots=True)
class Shown:
    """A receipt as the portal shows it: `text` is what was signed, `hash` the record's. `job` is
    empty where the portal knows of none."""

    receipt: Receipt
    text: str
    hash: str
    job: str


def shown_receipts(portal: PortalClient, agent: str, *, after: int) -> Iterator[Shown]:
    """An agent's receipts with a higher sequence, signed by it (its key in hex); read from the
    portal page by page, as they are needed.

    Raises:
        Refused: `receipt-invalid`. MarketError: the portal does not answer.
    """
    for line in items_of(portal, "agent/receipts", after=after, agent=agent):
        text = str(line["receipt"])
        try:
            receipt = open_signed(Receipt, text.encode(), signer=agent).record
        except CryptoError as error:
            raise Refused(
                "receipt-invalid",
                f"The portal shows a receipt that is not this agent's: {error}.",
                "Keep the agent stopped, and tell the operator of the portal.",
            ) from error
        yield Shown(receipt, text, record_hash(receipt), str(line["job"]))


def unknown_receipt(store: AgentStore, portal: PortalClient, agent: str) -> Shown | None:
    """The first receipt the portal shows that is not in this store's chain.

    Looked at is what the portal has from this store's newest receipt on; where its chain is the
    shorter one, its newest: in one history that receipt stands here too.

    Raises:
        MarketError: as `shown_receipts`.
    """
    sequence, _ = head(store)
    shown = _from_newest(portal, agent, sequence)
    return next((one for one in shown if hash_at(store, one.receipt.sequence) != one.hash), None)


def _from_newest(portal: PortalClient, agent: str, sequence: int) -> Iterator[Shown]:
    is_shorter = sequence > 0
    for one in shown_receipts(portal, agent, after=max(sequence - 1, 0)):
        is_shorter = False
        yield one
    if is_shorter and (known := _known(portal, agent)):
        yield from shown_receipts(portal, agent, after=known - 1)


def send_chain(home: AgentHome, store: AgentStore, portal: PortalClient) -> int:
    """Send every receipt after the last one the platform has; returns how many.

    Raises:
        Conflict: `receipt-forked`: the platform holds another chain of this agent.
        MarketError: the portal does not answer, or does not take them.
    """
    agent = home.signing_key().public.hex
    known, sent = _known(portal, agent), 0
    while batch := receipts(store, after=known + sent):
        portal.post("agent/receipts", {"agent": agent, "receipts": batch})
        sent += len(batch)
    return sent


def _known(portal: PortalClient, agent: str) -> int:
    """How far the chain at the portal goes."""
    return int(portal.post("agent/receipts", {"agent": agent, "receipts": []})["sequence"])
