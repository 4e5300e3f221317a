"""Every check a sealed result must pass before it is opened: pure, in the order of its rules.

1. The request is, to the letter, the one this client signed.
2. The pinned platform signed for these very shares b, as this job's result on this request.
3. The shares b are the first it ever signed for, as this client saw them.
4. Listing and manifest are signed by the owner's key as first seen, and fit each other.
5. The plan is the one the request names, on the manifest it names.
6. The envelope is signed by the manifest's agent, and its header says what was asked: job, request,
   plan, manifest, outputs with law and scale, parameters, agent, recipient key.
7. The platform's shares hash to what the agent's header says, and for every sum they are the sum
   of the constants the owner signed.
8. The receipt is signed by the agent and countersigned by the pinned platform, and names this
   request, envelope, manifest and buyer, for no more rho than was agreed.
9. The platform's statement names this manifest, plan, envelope and receipt.

Rules 2 and 3 come before whatever depends on b: a platform that may try several b and watch what
follows has an oracle on the share. And whatever breaks a later rule breaks it under the platform's
signature: that is the evidence (market.client.evidence). Nothing here talks to anybody.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from crypto import canonical
from crypto import parameters as parameter_sets
from crypto.errors import CryptoError, FormatError
from crypto.parameters import Parameters
from crypto.shares import Residues, decode_residues, decode_table, platform_digest, sum_residues
from market import wire
from market.client.publication import Publication, read_publication
from market.client.verify_receipt import VerifiedReceipt, verify_receipt
from market.errors import Refused
from market.plan.plan import Plan, plan_hash
from market.pricing.loss import compared_losses, rho_text
from market.pricing.quote import Quote, QuotedOutput, quote
from market.records.delivery import (
    Bundle,
    DeliveryStatement,
    Envelope,
    OpenedOutput,
    Share,
    shares_digest,
)
from market.records.manifest import Manifest
from market.records.request import Request
from market.records.signed import Signed, open_signed, record_hash


@dataclass(frozen=True, slots=True)
class Expected:
    """What this client knows without the platform's word.

    Attributes:
        request_text: the signed request as this client stored it.
        buyer_key: the key (hex) that signed it; `buyer` its fingerprint.
        recipient_key: the job's public recipient key.
        platform_key: the portal's key as pinned at login.
        pin_owner: given (dataset, key): raises unless it is the owner's key as first seen.
        keep_first: given the platform's shares as bytes: the first ever kept for the job.
    """

    request_text: str
    buyer_key: str
    buyer: str
    recipient_key: str
    platform_key: str
    pin_owner: Callable[[str, str], None]
    keep_first: Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class CheckedBundle:
    """A bundle that passed; only the seal is left to open."""

    request: Request
    publication: Publication
    plan: Plan
    quote: Quote
    parameters: Parameters
    envelope: Envelope
    receipt: VerifiedReceipt
    receipt_text: str
    platform: dict[str, Residues]


def check_bundle(data: bytes, expected: Expected) -> CheckedBundle:
    """Check a bundle by the rules above.

    Raises:
        Refused: `result-invalid` with what does not hold; `platform-share-changed` when b is not
            the first seen; `owner-key-changed`, `publication-invalid`, `receipt-invalid`.
    """
    try:
        bundle = wire.from_json(Bundle, canonical.loads(data))
        request = _request(bundle, expected)
        statement = _statement(bundle, request, expected)
        _require_first(bundle.platform, expected)
        checked = _check(bundle, request, expected)
        _check_statement(statement, checked)
        return checked
    except CryptoError as error:
        raise invalid(f"{error}") from error


def _check(bundle: Bundle, request: Request, expected: Expected) -> CheckedBundle:
    publication = read_publication(bundle.listing, bundle.manifest)
    expected.pin_owner(publication.listing.dataset, publication.owner_key)
    chosen = parameter_sets.by_name(publication.manifest.parameters)
    plan = wire.decode(Plan, bundle.plan.encode())
    _require("plan", plan_hash(plan, publication.listing.schema), request.plan_hash)
    _require("manifest", publication.listing.manifest_hash, request.manifest_hash)
    priced = quote(
        plan, publication.listing.schema, request.rho_units, publication.listing.policy.delta
    )
    _require("cost", *compared_losses(priced.rho_units, request.rho_units, priced.delta))
    envelope = open_signed(
        Envelope, bundle.envelope.encode(), signer=publication.manifest.agent
    ).record
    receipt = verify_receipt(
        bundle.receipt.encode(),
        agent_key=publication.manifest.agent,
        platform_key=expected.platform_key,
    )
    _check_header(envelope, request, publication, priced, receipt, expected)
    platform = _check_shares(bundle.platform, envelope, priced, publication.manifest, chosen)
    _check_receipt(receipt, envelope, request, publication.manifest, expected)
    return CheckedBundle(
        request, publication, plan, priced, chosen, envelope, receipt, bundle.receipt, platform
    )


def _request(bundle: Bundle, expected: Expected) -> Request:
    if bundle.request != expected.request_text:
        raise invalid("it answers a request this client did not sign")
    signed: Signed[Request] = open_signed(
        Request, bundle.request.encode(), signer=expected.buyer_key
    )
    return signed.record


def _statement(bundle: Bundle, request: Request, expected: Expected) -> DeliveryStatement:
    statement = open_signed(
        DeliveryStatement, bundle.statement.encode(), signer=expected.platform_key
    ).record
    chosen = parameter_sets.by_name(statement.parameters)
    _require("statement's job", statement.job, request.job)
    _require("statement's request", statement.request_hash, record_hash(request))
    _require(
        "statement's shares", statement.platform_digest, shares_digest(bundle.platform, chosen)
    )
    return statement


def _check_statement(statement: DeliveryStatement, checked: CheckedBundle) -> None:
    wanted = DeliveryStatement(
        job=checked.request.job,
        dataset=checked.request.dataset,
        version=checked.request.version,
        manifest_hash=checked.request.manifest_hash,
        plan_hash=checked.request.plan_hash,
        request_hash=record_hash(checked.request),
        parameters=checked.parameters.name,
        platform_digest=checked.envelope.header.platform_digest,
        envelope_hash=record_hash(checked.envelope),
        receipt_hash=checked.receipt.hash,
    )
    _require("statement", statement, wanted)


def _require_first(shares: tuple[Share, ...], expected: Expected) -> None:
    seen = canonical.dumps(wire.to_json(shares))
    if expected.keep_first(seen) != seen:
        raise Refused(
            "platform-share-changed",
            "The platform signed for other shares of this job before; the first are kept for ever.",
            "Nothing was opened. The two statements prove the platform wrong to anybody: keep the "
            "job's folder, and see market result evidence.",
        )


def _check_header(
    envelope: Envelope,
    request: Request,
    publication: Publication,
    priced: Quote,
    receipt: VerifiedReceipt,
    expected: Expected,
) -> None:
    header = envelope.header
    _require("envelope's receipt", header.receipt, receipt.receipt.receipt)
    _require("envelope's job", header.job, request.job)
    _require("envelope's request", header.request_hash, record_hash(request))
    _require("envelope's plan", header.plan_hash, request.plan_hash)
    _require("envelope's manifest", header.manifest_hash, request.manifest_hash)
    _require("envelope's outputs", header.outputs, tuple(map(opened_output, priced.outputs)))
    _require("envelope's parameters", header.parameters, publication.manifest.parameters)
    _require("envelope's agent", header.agent, publication.manifest.agent)
    _require("request's recipient key", request.recipient_key, expected.recipient_key)
    _require("envelope's recipient key", header.recipient_key, expected.recipient_key)


def opened_output(output: QuotedOutput) -> OpenedOutput:
    """How an output of the quote stands in an envelope's header."""
    return OpenedOutput(output.output, output.degree, output.law, str(output.scale_squared))


def _check_shares(
    shares: tuple[Share, ...],
    envelope: Envelope,
    priced: Quote,
    manifest: Manifest,
    chosen: Parameters,
) -> dict[str, Residues]:
    _require(
        "platform's outputs",
        tuple(share.output for share in shares),
        tuple(output.output for output in priced.outputs),
    )
    platform = {share.output: decode_residues(share.residues, chosen) for share in shares}
    digest = platform_digest(list(platform.items()), chosen)
    _require("platform's shares' digest", digest, envelope.header.platform_digest)
    for output in priced.outputs:
        if output.degree == 1:
            _require(
                f"platform's share of the sum {output.output}",
                platform[output.output],
                sum_of_constants(manifest, output.columns[0], chosen),
            )
    return platform


def sum_of_constants(manifest: Manifest, column: str, chosen: Parameters) -> Residues:
    """What the platform's share of a column's sum must be (raises FormatError)."""
    try:
        constants = manifest.column(column).constants
    except KeyError as error:
        raise FormatError(f"the manifest has no column {column}") from error
    return sum_residues(decode_table(constants, manifest.ciphertexts, chosen), chosen)


def _check_receipt(
    verified: VerifiedReceipt,
    envelope: Envelope,
    request: Request,
    manifest: Manifest,
    expected: Expected,
) -> None:
    receipt = verified.receipt
    _require("receipt's envelope", receipt.envelope_hash, record_hash(envelope))
    _require("receipt's request", receipt.request_hash, record_hash(request))
    _require("receipt's manifest", receipt.manifest_hash, request.manifest_hash)
    _require("receipt's dataset", receipt.dataset, request.dataset)
    _require("receipt's version", receipt.version, request.version)
    _require("receipt's lineages", receipt.lineages, manifest.lineages)
    _require("receipt's epoch", receipt.epoch, manifest.epoch)
    _require("receipt's buyer", receipt.buyer, expected.buyer)
    if receipt.rho_units not in (0, request.rho_units):
        raise invalid(
            f"the receipt charges rho {rho_text(receipt.rho_units)}, expected 0 or "
            f"{rho_text(request.rho_units)}"
        )


def _require(what: str, seen: object, wanted: object) -> None:
    if seen != wanted:
        raise invalid(f"the {what} is {seen!s:.60}, expected {wanted!s:.60}")


def invalid(reason: str) -> Refused:
    """A result that does not hold."""
    return Refused(
        "result-invalid",
        f"The sealed result was not opened: {reason}.",
        "Nothing was told to the platform. Keep the job's folder, look what it proves (market "
        "result evidence), and write to the dataset's owner by another way.",
    )
