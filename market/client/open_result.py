"""Open a sealed result on the recipient's own machine: check, unseal, add the shares, decode.

The platform is asked for the bundle once and hears nothing more: neither that it opened nor that it
did not. What was opened is kept, so that looking at it again asks nobody.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from crypto import canonical
from crypto.canonical import Json
from crypto.envelope import RecipientKey, envelope_info, open_sealed
from crypto.errors import CryptoError
from crypto.shares import combine, decode_residues, sum_residues
from market import wire
from market.client.check_bundle import CheckedBundle, Expected, check_bundle
from market.client.home import ClientHome
from market.client.kept_publication import keep_publication, kept_publication
from market.client.keys import Keyring
from market.client.pins import check_pin
from market.client.result_invalid import invalid
from market.client.verify_receipt import require_plan
from market.errors import NotFound
from market.plan.answers import Answer, answers
from market.plan.uncertain import Uncertain
from market.policy.one_of_each import one_party
from market.pricing.quote import QuotedOutput
from market.records.delivery import Bundle, Envelope, SealedShares
from market.records.receipt import Receipt


@dataclass(frozen=True, slots=True)
class AnsweredDataset:
    """A dataset version that was asked."""

    dataset: str
    version: int


@dataclass(frozen=True, slots=True)
class OpenedReceipt:
    """One party's receipt: `rho_units` is what it charges the allocation, 0 when this buyer has had
    these answers; `plan_salt` opens its commitment to the plan."""

    receipt: str
    rho_units: int
    plan_salt: str


@dataclass(frozen=True, slots=True)
class OpenedResult:
    """What was asked, answered; and what it cost the people in the data.

    Attributes:
        epsilon, delta: of the plan, whether or not it was charged again.
        plan_hash: with a receipt and its salt it shows which question was answered.
    """

    job: str
    datasets: tuple[AnsweredDataset, ...]
    answers: tuple[Answer, ...]
    epsilon: str
    delta: str
    plan_hash: str
    receipts: tuple[OpenedReceipt, ...]

    def to_json(self) -> Json:
        """A JSON value; answers are numbers with their 95 % half-widths."""
        return {name: wire.to_json(getattr(self, name)) for name in self.__slots__} | {
            "answers": [answer_json(answer) for answer in self.answers]
        }


def open_job(
    home: ClientHome, keyring: Keyring, job: str, data: bytes, *, platform_key: str
) -> OpenedResult:
    """Open a job's bundle and keep the result.

    Raises:
        NotFound: this client did not sign the job.
        Refused: a check failed (market.client.check_bundle); the bundle is kept as evidence.
    """
    if home.write_job_once(job, "bundle.json", data) != data:
        # A second, different bundle is kept beside the first: together they may be evidence.
        home.write_job(job, f"bundle-{hashlib.sha256(data).hexdigest()[:16]}.json", data)
    request_text = home.read_job(job, "request.json")
    if request_text is None:
        raise NotFound(
            "not-signed-here",
            f"Job {job} was not signed with the keys in {home.path}.",
            "Open it where it was signed; nobody else can.",
        )
    buyer, recipient = keyring.identity().public, keyring.recipient(job)
    expected = Expected(
        request_text=request_text.decode(),
        buyer_key=buyer.hex,
        buyer=buyer.fingerprint(),
        recipient_key=recipient.public_hex,
        platform_key=platform_key,
        pin_owner=partial(check_pin, home, "owner"),
        keep_first=partial(home.write_job_once, job, "platform.json"),
    )
    checked = check_bundle(data, expected)
    result = open_checked(checked, recipient)
    _keep_publications(home, checked, data)
    home.write_job(job, "receipt.json", one_party(checked.parties).receipt_text.encode())
    home.write_job(job, "result.json", json.dumps(result.to_json()).encode())
    return result


def _keep_publications(home: ClientHome, checked: CheckedBundle, data: bytes) -> None:
    # By it the receipt's agent is known here later; a newer one that is kept already stays.
    bundle = wire.from_json(Bundle, canonical.loads(data))
    documents = zip(checked.publications, bundle.listings, bundle.manifests, strict=True)
    for publication, listing, manifest in documents:
        if kept_publication(home, publication.listing.dataset) is None:
            keep_publication(home, listing, manifest)


def open_checked(checked: CheckedBundle, recipient: RecipientKey) -> OpenedResult:
    """Unseal a checked bundle, one seal for every party, and decode its answers.

    Raises:
        Refused: `result-invalid` when the seal does not open or holds other outputs;
            `receipt-plan` when the receipt commits to another plan.
    """
    plan_hash = checked.request.plan_hash
    sealed = tuple(_unseal(party.envelope, recipient) for party in checked.parties)
    released = tuple(zip(checked.parties, sealed, strict=True))
    for party, shares in released:
        require_plan(party.receipt, salt=shares.plan_salt, plan_hash=plan_hash)
    listings = [publication.listing for publication in checked.publications]
    return OpenedResult(
        job=checked.request.job,
        datasets=tuple(AnsweredDataset(listing.dataset, listing.version) for listing in listings),
        answers=answers(checked.quote.lowered, _moments(checked, sealed)),
        epsilon=checked.quote.epsilon,
        delta=checked.quote.delta,
        plan_hash=plan_hash,
        receipts=tuple(_opened(party.receipt.receipt, shares) for party, shares in released),
    )


def _opened(receipt: Receipt, sealed: SealedShares) -> OpenedReceipt:
    return OpenedReceipt(receipt.receipt, receipt.rho_units, sealed.plan_salt)


def _unseal(envelope: Envelope, recipient: RecipientKey) -> SealedShares:
    header = envelope.header
    try:
        plaintext = open_sealed(
            envelope.sealed,
            recipient,
            info=envelope_info(header.agent, header.recipient_key),
            aad=wire.encode(header),
        )
        return wire.from_json(SealedShares, canonical.loads(plaintext))
    except CryptoError as error:
        raise invalid(f"{error}") from error


def _moments(checked: CheckedBundle, sealed: tuple[SealedShares, ...]) -> Mapping[str, Uncertain]:
    expected = tuple(output.output for output in checked.quote.outputs)
    for one in sealed:
        names = tuple(share.output for share in one.shares)
        if names != expected:
            raise invalid(
                f"the seal holds {len(names)} shares, expected those of {len(expected)} outputs"
            )
    # The shares of one output, one of every party: together they open its sum.
    by_output = zip(*(one.shares for one in sealed), strict=True)
    return {
        output.output: _moment(checked, output, [share.residues for share in shares])
        for output, shares in zip(checked.quote.outputs, by_output, strict=True)
    }


def _moment(checked: CheckedBundle, output: QuotedOutput, shares: Sequence[str]) -> Uncertain:
    chosen = checked.parameters
    try:
        key_holders = sum_residues([decode_residues(share, chosen) for share in shares], chosen)
        opened = combine(checked.platform[output.output], key_holders, chosen)
    except CryptoError as error:
        raise invalid(f"{error}") from error
    lattice = checked.quote.lattice
    largest = lattice.largest(output.degree) + output.bound
    # Shares that do not belong together give a number all over the modulus.
    if abs(opened) > largest + lattice.tail(output.law, output.scale_squared):
        raise invalid(f"the shares of {output.output} do not add up to a possible value")
    return output.moment(opened, lattice)


def answer_json(answer: Answer) -> Json:
    """An answer's cells as numbers with their 95 % half-widths."""
    return {
        "name": answer.name,
        "kind": answer.kind,
        "unit": answer.unit,
        "cells": [
            {
                "label": cell.label,
                "value": cell.value,
                "error_95": cell.error_95,
                "note": cell.note,
            }
            for cell in answer.cells
        ],
    }
