"""Open a sealed result on the recipient's own machine: check, unseal, add the shares, decode.

The platform is asked for the bundle once and hears nothing more: neither that it opened nor that it
did not. What was opened is kept, so that looking at it again asks nobody.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from crypto import canonical
from crypto.canonical import Json
from crypto.envelope import RecipientKey, envelope_info, open_sealed
from crypto.errors import CryptoError
from crypto.shares import combine, decode_residues
from market import wire
from market.client.check_bundle import CheckedBundle, Expected, check_bundle, invalid
from market.client.home import ClientHome
from market.client.kept_publication import keep_publication, kept_publication
from market.client.keys import Keyring
from market.client.pins import check_pin
from market.client.verify_receipt import require_plan
from market.errors import NotFound
from market.plan.answers import Answer, answers, opened_moment
from market.plan.uncertain import Uncertain
from market.pricing.quote import QuotedOutput
from market.pricing.scales import TAIL_SCALES
from market.records.delivery import Bundle, SealedShares


@dataclass(frozen=True, slots=True)
class OpenedResult:
    """What was asked, answered; and what it cost the people in the data.

    Attributes:
        rho_units: what it cost the allocation; 0 when this buyer has had these answers.
        epsilon, delta: of the plan, whether or not it was charged again.
        plan_hash, plan_salt: with the receipt they show which question was answered.
    """

    job: str
    dataset: str
    version: int
    answers: tuple[Answer, ...]
    rho_units: int
    epsilon: str
    delta: str
    receipt: str
    plan_hash: str
    plan_salt: str

    def to_json(self) -> Json:
        """A JSON value; answers are numbers with their 95 % half-widths."""
        return {name: getattr(self, name) for name in self.__slots__ if name != "answers"} | {
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
    _keep_publication(home, result.dataset, data)
    home.write_job(job, "receipt.json", checked.receipt_text.encode())
    home.write_job(job, "result.json", json.dumps(result.to_json()).encode())
    return result


def _keep_publication(home: ClientHome, dataset: str, data: bytes) -> None:
    # By it the receipt's agent is known here later; a newer one that is kept already stays.
    if kept_publication(home, dataset) is None:
        bundle = wire.from_json(Bundle, canonical.loads(data))
        keep_publication(home, bundle.listing, bundle.manifest)


def open_checked(checked: CheckedBundle, recipient: RecipientKey) -> OpenedResult:
    """Unseal a checked bundle and decode its answers.

    Raises:
        Refused: `result-invalid` when the seal does not open or holds other outputs;
            `receipt-plan` when the receipt commits to another plan.
    """
    sealed = _unseal(checked, recipient)
    require_plan(checked.receipt, salt=sealed.plan_salt, plan_hash=checked.request.plan_hash)
    listing = checked.publication.listing
    return OpenedResult(
        job=checked.request.job,
        dataset=listing.dataset,
        version=listing.version,
        answers=answers(checked.plan, listing.schema, _moments(checked, sealed)),
        rho_units=checked.receipt.receipt.rho_units,
        epsilon=checked.quote.epsilon,
        delta=checked.quote.delta,
        receipt=checked.receipt.receipt.receipt,
        plan_hash=checked.request.plan_hash,
        plan_salt=sealed.plan_salt,
    )


def _unseal(checked: CheckedBundle, recipient: RecipientKey) -> SealedShares:
    header = checked.envelope.header
    try:
        plaintext = open_sealed(
            checked.envelope.sealed,
            recipient,
            info=envelope_info(header.agent, header.recipient_key),
            aad=wire.encode(header),
        )
        return wire.from_json(SealedShares, canonical.loads(plaintext))
    except CryptoError as error:
        raise invalid(f"{error}") from error


def _moments(checked: CheckedBundle, sealed: SealedShares) -> Mapping[str, Uncertain]:
    names = tuple(share.output for share in sealed.shares)
    expected = tuple(output.output for output in checked.quote.outputs)
    if names != expected:
        raise invalid(
            f"the seal holds {len(names)} shares, expected those of {len(expected)} outputs"
        )
    return {
        output.output: _moment(checked, output, share.residues)
        for output, share in zip(checked.quote.outputs, sealed.shares, strict=True)
    }


def _moment(checked: CheckedBundle, output: QuotedOutput, residues: str) -> Uncertain:
    chosen = checked.parameters
    try:
        key_holder = decode_residues(residues, chosen)
        opened = combine(checked.platform[output.output], key_holder, chosen)
    except CryptoError as error:
        raise invalid(f"{error}") from error
    rows = chosen.slots * checked.publication.manifest.ciphertexts
    largest = chosen.unit(output.degree) * rows + output.bound
    excess = abs(opened) - largest
    # Shares that do not belong together give a number all over the modulus.
    if excess > 0 and excess * excess > TAIL_SCALES**2 * output.scale_squared:
        raise invalid(f"the shares of {output.output} do not add up to a possible value")
    return opened_moment(
        output.output,
        opened,
        degree=output.degree,
        law=output.law,
        scale_squared=output.scale_squared,
        parameters=chosen,
    )


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
