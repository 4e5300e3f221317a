"""Bring an agent that was restored, or stands in a lost one's place, up to date from receipts.

The portal hands back what this agent once signed. Each receipt must be signed by this agent,
countersigned by the pinned platform, and follow the newest receipt in this store without a gap.
What it cost is not read off the platform: the receipt names the request's hash, the request the
plan's, the manifest is the receipt's; what was opened, and with it the charges, follow from those.

Agents appointed before this one are taken in the same way, and so are the owner's tables which this
agent has never seen (market.agent.adopt).

The limit: a platform that withholds the newest receipts makes the agent believe it spent less. The
owner therefore says which sequence they last saw (`last_sequence`, from any receipt a buyer, an
auditor or their own notes can show); with fewer receipts than that the agent stays as it is. The
owner's standings come in the same way: signed, so none can be forged; withheld, they are missing.
"""

from __future__ import annotations

from typing import Any

from crypto import canonical
from crypto.errors import CryptoError
from crypto.identity import PublicKey
from market import wire
from market.agent.adopt import adopt_tables, missed_tables
from market.agent.appointments import appointments
from market.agent.decide import cost_of_quote
from market.agent.holdings import held_versions, read_holding
from market.agent.home import AgentHome
from market.agent.standings import take_standing
from market.agent.store.opening import AgentStore
from market.agent.store.recovery import Recovered, charge_former, head, recover
from market.agent.store.spending import Asked
from market.client.api import PortalClient
from market.client.publication import read_publication
from market.client.verify_receipt import VerifiedReceipt, verify_receipt
from market.errors import NotFound, Refused
from market.plan.expression import Plan, plan_hash
from market.plan.opening import opening_of
from market.plan.privacy import quote
from market.policy.appointment import check_appointed
from market.policy.repeats import FREE
from market.records.receipt import FIRST_PREVIOUS, CountersignedReceipt, Receipt
from market.records.request import Request
from market.records.signed import open_signed, record_hash


def reconcile(
    home: AgentHome,
    store: AgentStore,
    portal: PortalClient,
    *,
    last_sequence: int | None,
    now: int,
) -> int:
    """Take in every release this store lacks, and let the agent work again.

    Args:
        last_sequence: the newest receipt of this agent the owner knows of; None when he knows
            of none.

    Returns:
        How many releases were missing.

    Raises:
        Refused: `agent-not-appointed`: its owner has appointed another; `receipts-missing` when
            the platform shows fewer than `last_sequence`; `receipt-chain`, `receipt-invalid` when
            what it shows is not this agent's chain.
        Unavailable: the portal does not answer. Nothing was taken in.
    """
    agent_key = home.signing_key().public.hex
    kept = appointments(portal, owner_key=_owner_key(home))
    if kept:
        check_appointed(agent_key, kept[-1])
    sequence, previous = head(store)
    recovered = _chain(home, portal, agent_key, sequence, previous)
    sequence = recovered[-1].sequence if recovered else sequence
    if last_sequence is not None and sequence < last_sequence:
        raise Refused(
            "receipts-missing",
            f"The chain ends at receipt {sequence}; you know of receipt {last_sequence}.",
            "The platform withholds receipts. Keep this agent stopped and ask for them.",
        )
    former = [
        _chain(home, portal, agent, 0, FIRST_PREVIOUS)
        for agent in dict.fromkeys(signed.record.agent for signed in kept)
        if agent != agent_key
    ]
    missed = missed_tables(store, portal, kept[-1].signer) if kept else []
    _take_standings(home, portal)
    adopt_tables(store, missed)
    for chain in former:
        charge_former(store, chain, now=now)
    recover(store, recovered, now=now)
    store.set_reconciled()
    return len(recovered) + sum(map(len, former))


def _owner_key(home: AgentHome) -> str | None:
    """Whose agent this is, by what it holds or was told; None for a new home."""
    for dataset, version in held_versions(home):
        return read_holding(home, dataset, version).owner_key
    return None


def _chain(
    home: AgentHome, portal: PortalClient, agent_key: str, sequence: int, previous: str
) -> list[Recovered]:
    """An agent's receipts after one place in its chain, proved, without a gap."""
    platform_key = home.settings().platform_key
    recovered: list[Recovered] = []
    for line in portal.get("agent/receipts", after=str(sequence), agent=agent_key):
        verified = verify_receipt(
            str(line["receipt"]).encode(), agent_key=agent_key, platform_key=platform_key
        )
        _check_follows(verified, sequence, previous)
        sequence, previous = verified.receipt.sequence, verified.hash
        recovered.append(_recovered(portal, str(line["job"]), str(line["receipt"]), verified))
    return recovered


def _take_standings(home: AgentHome, portal: PortalClient) -> None:
    # What the owner paused or withdrew after the backup was made stays so.
    for dataset, version in dict(held_versions(home)).items():
        owner = read_holding(home, dataset, version).owner_key
        try:
            take_standing(home, dataset, portal.get(f"datasets/{dataset}"), owner=owner)
        except NotFound:
            # A version that was encrypted and never listed.
            continue


def _check_follows(verified: VerifiedReceipt, sequence: int, previous: str) -> None:
    seen = (verified.receipt.sequence, verified.receipt.previous)
    if seen != (sequence + 1, previous):
        raise Refused(
            "receipt-chain",
            f"Receipt {seen[0]} follows {seen[1][:16]}; expected receipt {sequence + 1} "
            f"after {previous[:16]}.",
            "The platform shows another chain, or two agents used one key. Keep it stopped.",
        )


def _recovered(
    portal: PortalClient, job: str, countersigned: str, verified: VerifiedReceipt
) -> Recovered:
    both = wire.from_json(CountersignedReceipt, canonical.loads(countersigned.encode()))
    shown = portal.get(f"jobs/{job}")
    try:
        return _derive(shown, both.receipt, verified)
    except (CryptoError, KeyError, TypeError, AttributeError) as error:
        raise _unproved(verified.receipt, str(error)) from error


def _derive(shown: Any, receipt_text: str, verified: VerifiedReceipt) -> Recovered:
    receipt = verified.receipt
    publication = read_publication(shown["listing"], shown["manifest"])
    listing, manifest = publication.listing, publication.manifest
    signed = open_signed(Request, shown["request"].encode())
    request = signed.record
    plan = wire.decode(Plan, shown["plan"].encode())
    digest = plan_hash(plan, listing.schema)
    buyer = PublicKey.parse(signed.signer).fingerprint()
    expected = {
        "manifest": (record_hash(manifest), receipt.manifest_hash),
        "request": (record_hash(request), receipt.request_hash),
        "plan": (digest, request.plan_hash),
        "buyer": (buyer, receipt.buyer),
    }
    for what, (seen, wanted) in expected.items():
        if seen != wanted:
            raise _unproved(receipt, f"its {what} is {seen:.40}, expected {wanted:.40}")
    priced = quote(plan, listing.schema, request.rho_units, listing.policy.delta)
    return Recovered(
        Asked(
            job=request.job,
            request_hash=receipt.request_hash,
            request_nonce=request.nonce,
            buyer=buyer,
            opening=opening_of(receipt.manifest_hash, priced.outputs),
            rho_units=request.rho_units,
        ),
        receipt.sequence,
        receipt_text,
        verified.hash,
        cost_of_quote(manifest, buyer, priced) if receipt.rho_units else FREE,
    )


def _unproved(receipt: Receipt, reason: str) -> Refused:
    return Refused(
        "receipt-unproved",
        f"Receipt {receipt.sequence} cannot be charged: {reason}.",
        "The platform does not show the documents the receipt names. Keep the agent stopped.",
    )
