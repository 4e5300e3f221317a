"""What a release that this agent does not know of has cost, by what was signed for it.

It is not read off the platform: the receipt names the request's hash, the request the plan's, the
manifest is the receipt's; what was opened, and with it the charges, follow from those.

A platform may have lost the job with an older copy of its database, and have the receipt alone. If
the owner says so, such a release is counted by its receipt: the people and the buyer pay what it
says as for something new, and the key of its data, of which nobody knows how many sums it opened,
has spent all it may. Only the owner says so: else a platform could close a key by hiding a job.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from crypto.errors import CryptoError
from crypto.flooding import CAP_UNITS
from crypto.identity import PublicKey
from crypto.parameters import by_name
from market import wire
from market.agent.adopt import read_listed
from market.agent.chain import Shown
from market.client.http.api import PortalClient
from market.entities.account import Charge
from market.errors import Refused
from market.plan.lowered import lower
from market.plan.plan import Plan, plan_hash
from market.policy.budget.accounts import flooding_account
from market.policy.budget.repeats import Payers, payers
from market.policy.listing.union import joint_schema
from market.pricing.lattice import ciphertext_lattice
from market.pricing.opening import Opening
from market.pricing.quote import quote
from market.records.first_difference import first_difference
from market.records.manifest import Manifest
from market.records.receipt import Receipt, ReceiptedDataset
from market.records.request import Request
from market.records.signed import Signed, open_signed, record_hash
from market.vault.holdings import held_versions, read_holding
from market.vault.home import AgentHome
from market.vault.store.publications import Listed
from market.vault.store.recovery import Recovered
from market.vault.store.released import Asked


@dataclass(frozen=True, slots=True)
class Proof:
    """Where proofs come from: the portal's documents, signed by `owner` (a key in hex, or None
    where nobody here knows it) and a buyer. `without_documents` is the owner's word that receipts
    may count alone."""

    home: AgentHome
    portal: PortalClient
    owner: str | None
    without_documents: bool


def recovered(proof: Proof, shown: Shown) -> Recovered:
    """One release with its cost.

    Raises:
        Refused: `receipt-unproved`.
    """
    if not shown.job:
        if proof.without_documents:
            return _by_receipt(proof.home, shown)
        raise _unproved(shown.receipt, "it knows of no job for it")
    documents = proof.portal.get(f"jobs/{shown.job}")
    try:
        signed = open_signed(Request, documents["request"].encode())
        if signed.record.session is not None:
            return _of_members(signed, shown)
        return _derived(documents, shown, proof.owner)
    except (CryptoError, KeyError, TypeError, AttributeError) as error:
        raise _unproved(shown.receipt, str(error)) from error


def _of_members(signed: Signed[Request], shown: Shown) -> Recovered:
    """A run with other members: its receipt says all it cost, since every run is paid for in full
    and tells nothing about a key."""
    receipt, request = shown.receipt, signed.record
    buyer = PublicKey.parse(signed.signer).fingerprint()
    expected = {
        "request": (record_hash(request), receipt.request_hash),
        "buyer": (buyer, receipt.buyer),
        "cost": (receipt.rho_units, request.rho_units),
    }
    if found := first_difference(expected):
        raise _unproved(receipt, f"its {found}")
    asked = Asked(
        job=request.job,
        request_hash=receipt.request_hash,
        request_nonce=request.nonce,
        buyer=buyer,
        manifest_hash="",
        opening=Opening((), request.rho_units),
        rho_units=request.rho_units,
    )
    return _recovered(shown, asked, payers(receipt.datasets, buyer))


@dataclass(frozen=True, slots=True)
class _Named:
    """The documents a receipt names, one by the other: table, request, plan."""

    table: Listed
    manifest: Manifest
    request: Request
    buyer: str
    plan: Plan


def _derived(documents: Any, shown: Shown, owner: str | None) -> Recovered:
    receipt, named = shown.receipt, _named(documents, shown.receipt, owner)
    listing, request = named.table.listing.record, named.request
    # Priced anew, since a receipt names rho alone, and the key is charged by what was opened.
    priced = quote(
        lower(named.plan, joint_schema(listing.schema, request.names)),
        request.rho_units,
        listing.policy.delta,
        ciphertext_lattice(
            listing.schema.capacity_rows, by_name(named.manifest.parameters), len(request.names)
        ),
    )
    asked = Asked(
        job=request.job,
        request_hash=receipt.request_hash,
        request_nonce=request.nonce,
        buyer=named.buyer,
        manifest_hash=record_hash(named.manifest),
        opening=priced.opening,
        rho_units=request.rho_units,
    )
    key = flooding_account(named.manifest.key_id)
    return _recovered(shown, asked, payers([named.manifest], named.buyer, [key]), named.table)


def _recovered(
    shown: Shown, asked: Asked | None, charged: Payers, table: Listed | None = None
) -> Recovered:
    receipt = shown.receipt
    return Recovered(
        request_hash=receipt.request_hash,
        asked=asked,
        sequence=receipt.sequence,
        receipt=shown.text,
        receipt_hash=shown.hash,
        table=table,
        rho_units=receipt.rho_units,
        payers=charged,
    )


def _named(documents: Any, receipt: Receipt, owner: str | None) -> _Named:
    shown = [each for each in documents["publications"] if each["dataset"] in receipt.names]
    if len(shown) != 1:
        raise _unproved(receipt, f"the platform shows {len(shown)} publications of its dataset")
    listing_text, manifest_text = shown[0]["listing"], shown[0]["manifest"]
    # By this owner, or a platform could show a table of its own making, at another price.
    table = read_listed(listing_text, manifest_text, owner)
    manifest = open_signed(Manifest, manifest_text.encode()).record
    signed = open_signed(Request, documents["request"].encode())
    request = signed.record
    # The platform's copy of the plan is as good as the buyer's: its hash is in what they signed.
    plan = wire.decode(Plan, documents["plan"].encode())
    buyer = PublicKey.parse(signed.signer).fingerprint()
    schema = joint_schema(table.listing.record.schema, request.names)
    expected = {
        "manifests": ((record_hash(manifest),), tuple(d.manifest_hash for d in receipt.datasets)),
        "requested manifest": (_requested(request, manifest), record_hash(manifest)),
        "request": (record_hash(request), receipt.request_hash),
        "plan": (plan_hash(plan, (schema,) * len(request.names)), request.plan_hash),
        "buyer": (buyer, receipt.buyer),
    }
    if found := first_difference(expected):
        raise _unproved(receipt, f"its {found}")
    return _Named(table, manifest, request, buyer, plan)


def _requested(request: Request, manifest: Manifest) -> str:
    """The hash by which a request names a manifest's dataset; empty if it does not."""
    named = (each for each in request.datasets if each.dataset == manifest.dataset)
    return next((each.manifest_hash for each in named), "")


def _by_receipt(home: AgentHome, shown: Shown) -> Recovered:
    receipt = shown.receipt
    charged = payers(receipt.datasets, receipt.buyer)
    found = _recovered(shown, None, charged)
    if not receipt.rho_units:
        return found
    lost = charged.owe(
        people_rho_units=receipt.rho_units, buyer_rho_units=receipt.rho_units, key_units=0
    )
    keys = (_whole_key(home, asked) for asked in receipt.datasets)
    return replace(found, lost=replace(lost, key=tuple(charge for key in keys for charge in key)))


def _whole_key(home: AgentHome, asked: ReceiptedDataset) -> tuple[Charge, ...]:
    """All that the key of a receipt's data may spend; nothing where this agent has no such key,
    which then opens nothing more."""
    for dataset, version in held_versions(home):
        holding = read_holding(home, dataset, version)
        if holding.manifest_hash == asked.manifest_hash:
            return (Charge(flooding_account(holding.manifest.record.key_id), CAP_UNITS),)
    return ()


def _unproved(receipt: Receipt, reason: str) -> Refused:
    return Refused(
        "receipt-unproved",
        f"Receipt {receipt.sequence} cannot be charged: {reason}.",
        "The platform does not show the documents the receipt names: ask its operator, and keep "
        "the agent stopped. Only if they are lost: --without-documents counts such a release by "
        "its receipt, and ends the answers of the version it was for.",
    )
