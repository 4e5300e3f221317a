"""Bring an agent that was restored, or stands in a lost one's place, up to date from receipts.

The portal hands back what this agent once signed: each receipt signed by it, following the newest
in this store without a gap. What each cost is proved anew (market.agent.recovered). Agents
appointed before this one are taken in as well, and so are the owner's tables which this agent has
never seen (market.agent.adopt), whether published or bound (market.agent.adopt_bindings).

The limit: a platform that withholds the newest receipts makes the agent believe it spent less. The
owner therefore says which sequence they last saw (`last_sequence`, from any receipt a buyer, an
auditor or their own notes can show); with fewer receipts than that the agent stays as it is. The
owner's own words come in the same way (market.agent.owners_words, market.agent.missed_listings):
what is withheld is missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

from market.agent.adopt import adopt_tables, missed_tables
from market.agent.adopt_bindings import (
    MissedBinding,
    adopt_bindings,
    check_lineages_known,
    missed_bindings,
)
from market.agent.chain import Shown, shown_receipts, unknown_receipt
from market.agent.missed_listings import take_listings
from market.agent.owners_words import take_words
from market.agent.recovered import Proof, recovered
from market.client.http.api import PortalClient
from market.client.verify.own_appointments import appointments
from market.errors import Refused
from market.policy.listing.appointment import check_appointed
from market.records.listing import Listing
from market.records.receipt import FIRST_PREVIOUS
from market.vault.consortia import held_agreements, read_membership
from market.vault.holdings import held_versions, read_holding
from market.vault.home import AgentHome
from market.vault.store.chain import head
from market.vault.store.opening import AgentStore
from market.vault.store.publications import Listed
from market.vault.store.recovery import Recovered, charge_former, recover


@dataclass(frozen=True, slots=True)
class _Missing:
    """What this store lacks: its own releases, those of each agent before it, and tables.

    `newest` is the last receipt of this agent's chain as far as the portal shows it.
    """

    own: list[Recovered]
    former: dict[str, list[Recovered]]
    tables: list[Listed]
    bindings: list[MissedBinding]
    newest: int


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What an agent had missed: how many releases, and the listings its owner signed meanwhile."""

    releases: int
    listings: tuple[Listing, ...]


def reconcile(
    home: AgentHome,
    store: AgentStore,
    portal: PortalClient,
    *,
    last_sequence: int | None,
    now: int,
    without_documents: bool = False,
) -> TakenIn:
    """Take in every release this store lacks, and let the agent work again.

    Args:
        last_sequence: the newest receipt of this agent the owner knows of; None when they know
            of none.
        without_documents: a release whose documents are lost at the platform is counted by its
            receipt alone (market.agent.recovered).

    Raises:
        Refused: `agent-not-appointed`: its owner has appointed another; `receipts-missing` when
            the platform shows fewer than `last_sequence`; `receipt-chain`, `receipt-invalid` when
            what it shows is not this agent's chain; `receipt-unproved`;
            `consortium-invalid`, `binding-invalid`.
        Unavailable: the portal does not answer. Nothing was taken in.
    """
    missing = _missing(home, store, portal, without_documents=without_documents)
    # What the owner has seen is the only check on a platform that withholds the newest receipts.
    if last_sequence is not None and missing.newest < last_sequence:
        raise Refused(
            "receipts-missing",
            f"The chain ends at receipt {missing.newest}; you know of receipt {last_sequence}.",
            "The platform withholds receipts. Keep this agent stopped and ask for them.",
        )
    # Until here everything only read. A crash may cut what follows anywhere: each step changes
    # nothing when it is done again, and the mark falls last. Words come before tables (a revoked
    # grant must not live for a moment), tables before charges, which need their people's accounts.
    take_words(home, portal)
    adopt_tables(home, store, missing.tables)
    listings = take_listings(home, store, portal)
    adopt_bindings(home, store, missing.bindings)
    for agent, releases in missing.former.items():
        charge_former(store, agent, releases, now=now)
    recover(store, missing.own, now=now)
    store.set_reconciled()
    return TakenIn(len(missing.own) + sum(map(len, missing.former.values())), tuple(listings))


def _missing(
    home: AgentHome, store: AgentStore, portal: PortalClient, *, without_documents: bool
) -> _Missing:
    agent_key = home.signing_key().public.hex
    # Whose word counts is known from this home, where it holds anything; a new one has to take the
    # portal's list, which names one owner from its first appointment on.
    held_owner = _owner_key(home)
    kept = appointments(portal, owner_key=held_owner)
    if kept:
        check_appointed(agent_key, kept[-1])
    owner = kept[-1].signer if kept else held_owner
    sequence, previous = head(store)
    # Before anything is proved: of two histories neither is the whole of what was spent.
    _check_one_history(store, portal, agent_key, sequence)
    proof = Proof(home, portal, owner, without_documents)
    own = _chain(proof, agent_key, sequence, previous)
    # Each former agent's chain from its beginning: this one may have taken in a part of it only.
    former = {
        agent: _chain(proof, agent, 0, FIRST_PREVIOUS)
        for agent in dict.fromkeys(signed.record.agent for signed in kept)
        if agent != agent_key
    }
    # The portal's list may omit a table; a receipt that was paid from its people's budget cannot.
    every = [*chain.from_iterable(former.values()), *own]
    named = [one.table for one in every if one.table is not None]
    listed = missed_tables(store, portal, kept[-1].signer) if kept else []
    bound = missed_bindings(home, portal, kept[-1].signer) if kept else []
    missed = [*(one.terms for one in (*listed, *named)), *(one.terms for one in bound)]
    check_lineages_known(store, every, missed)
    newest = own[-1].sequence if own else sequence
    return _Missing(own, former, [*listed, *named], bound, newest)


def _owner_key(home: AgentHome) -> str | None:
    """Whose agent this is, by what it holds or was told; None for a new home."""
    for dataset, version in held_versions(home):
        return read_holding(home, dataset, version).owner_key
    for consortium, number in held_agreements(home):
        return read_membership(home, consortium, number).owner_key
    return None


def _check_one_history(
    store: AgentStore, portal: PortalClient, agent_key: str, sequence: int
) -> None:
    """That no receipt at the portal contradicts one of this store."""
    other = unknown_receipt(store, portal, agent_key)
    if other is not None and other.receipt.sequence <= sequence:
        raise Refused(
            "receipt-chain",
            f"The portal has another receipt {other.receipt.sequence} of this agent than this "
            "store: two copies of the agent have released.",
            "Keep it stopped. Restore a backup from before the other copy began, and reconcile "
            "that.",
        )


def _chain(proof: Proof, agent_key: str, sequence: int, previous: str) -> list[Recovered]:
    """An agent's receipts after one place in its chain, proved, without a gap."""
    found: list[Recovered] = []
    for shown in shown_receipts(proof.portal, agent_key, after=sequence):
        _check_follows(shown, sequence, previous)
        sequence, previous = shown.receipt.sequence, shown.hash
        found.append(recovered(proof, shown))
    return found


def _check_follows(shown: Shown, sequence: int, previous: str) -> None:
    seen = (shown.receipt.sequence, shown.receipt.previous)
    if seen != (sequence + 1, previous):
        raise Refused(
            "receipt-chain",
            f"Receipt {seen[0]} follows {seen[1][:16]}; expected receipt {sequence + 1} "
            f"after {previous[:16]}.",
            "The platform shows another chain, or two agents used one key. Keep it stopped.",
        )
