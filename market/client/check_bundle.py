"""Every check a sealed result must pass before it is opened: pure, in the order of its rules.

1. The request is, to the letter, the one this client signed, to the job's recipient key.
2. The pinned platform signed for these very shares b, as this job's result on this request.
3. The shares b are the first it ever signed for, as this client saw them.
4. Listing and manifest of every dataset are signed by the owner's key as first seen, fit each
   other, and are what the request names; its parties are the agents of these manifests.
5. The plan is the one the request names, at the price it names.
6. The platform's shares are those of the plan's outputs, and for every sum they are the sum of the
   constants the owners signed.
7. Of every party: the envelope is signed by it, and its header says what was asked: job, request,
   plan, manifests, outputs with law and scale, parameters, agent, recipient key; and which shares
   of the platform's it goes with, by their digest.
8. Of every party: the receipt is signed by it and countersigned by the pinned platform, and names
   this request, envelope, its own datasets and the buyer, for no more rho than was agreed.
9. The platform's statement names these datasets, this plan, and every party's envelope and receipt.

Rules 2 and 3 come before whatever depends on b: a platform that may try several b and watch what
follows has an oracle on the share. And whatever breaks a later rule breaks it under the platform's
signature: that is the evidence (market.client.evidence). Nothing here talks to anybody.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from crypto import canonical
from crypto import parameters as parameter_sets
from crypto.errors import CryptoError
from crypto.parameters import Parameters
from crypto.shares import Residues, decode_residues
from market import wire
from market.client.check_party import Asked, CheckedParty, check_party
from market.client.publication import Publication, read_publication
from market.client.result_invalid import invalid, require
from market.errors import Refused
from market.plan.lowered import lower
from market.plan.plan import Plan, plan_hash
from market.policy.one_of_each import one_dataset, one_party
from market.pricing.loss import compared_losses
from market.pricing.quote import Quote, quote
from market.records.delivery import (
    Bundle,
    DeliveredDataset,
    DeliveredParty,
    DeliveryStatement,
    Share,
    shares_digest,
)
from market.records.platform_constants import sum_of_constants
from market.records.request import Request
from market.records.signed import open_signed, record_hash


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
    """A bundle that passed; only the seals are left to open.

    `publications` stand in the order of the request's datasets, `parties` in that of its parties.
    """

    request: Request
    publications: tuple[Publication, ...]
    quote: Quote
    parameters: Parameters
    parties: tuple[CheckedParty, ...]
    platform: dict[str, Residues]


def check_bundle(data: bytes, expected: Expected) -> CheckedBundle:
    """Check a bundle by the rules above.

    Raises:
        Refused: `result-invalid` with what does not hold; `platform-share-changed` when b is not
            the first seen; `owner-key-changed`, `publication-invalid`, `receipt-invalid`.
        MoreThanOne: the request names several datasets, or several agents.
    """
    try:
        bundle = wire.from_json(Bundle, canonical.loads(data))
        request = _request(bundle, expected)
        statement = _statement(bundle, request, expected)
        _require_first(bundle.platform, expected)
        checked = _check(bundle, request, expected)
        _check_statement(statement, bundle, checked)
        return checked
    except CryptoError as error:
        raise invalid(f"{error}") from error


def _check(bundle: Bundle, request: Request, expected: Expected) -> CheckedBundle:
    one_party(request.parties)
    one_dataset(request.datasets)
    publications = _publications(bundle, request, expected)
    asked = one_dataset(publications)
    chosen = parameter_sets.by_name(asked.manifest.parameters)
    plan = wire.decode(Plan, bundle.plan.encode())
    require({"plan's datasets": (plan.datasets, request.names)})
    schemas = [publication.listing.schema for publication in publications]
    require({"plan": (plan_hash(plan, schemas), request.plan_hash)})
    lowered = lower(plan, asked.listing.schema)
    priced = quote(lowered, request.rho_units, asked.listing.policy.delta, asked.lattice)
    require({"cost": compared_losses(priced.rho_units, request.rho_units, priced.delta)})
    platform = _platform_shares(bundle.platform, priced, publications, chosen)
    parties = _parties(bundle, request, publications, priced, expected)
    return CheckedBundle(request, publications, priced, chosen, parties, platform)


def _request(bundle: Bundle, expected: Expected) -> Request:
    if bundle.request != expected.request_text:
        raise invalid("it answers a request this client did not sign")
    request = open_signed(Request, bundle.request.encode(), signer=expected.buyer_key).record
    require({"request's recipient key": (request.recipient_key, expected.recipient_key)})
    return request


def _statement(bundle: Bundle, request: Request, expected: Expected) -> DeliveryStatement:
    statement = open_signed(
        DeliveryStatement, bundle.statement.encode(), signer=expected.platform_key
    ).record
    digest = shares_digest(bundle.platform, parameter_sets.by_name(statement.parameters))
    require(
        {
            "statement's job": (statement.job, request.job),
            "statement's request": (statement.request_hash, record_hash(request)),
            "statement's shares": (statement.platform_digest, digest),
        }
    )
    return statement


def _require_first(shares: tuple[Share, ...], expected: Expected) -> None:
    seen = canonical.dumps(wire.to_json(shares))
    if expected.keep_first(seen) != seen:
        raise Refused(
            "platform-share-changed",
            "The platform signed for other shares of this job before; the first are kept for ever.",
            "Nothing was opened. The two statements prove the platform wrong to anybody: keep the "
            "job's folder, and see market result evidence.",
        )


def _publications(bundle: Bundle, request: Request, expected: Expected) -> tuple[Publication, ...]:
    publications = tuple(
        read_publication(listing, manifest)
        for listing, manifest in zip(bundle.listings, bundle.manifests, strict=True)
    )
    for publication in publications:
        expected.pin_owner(publication.listing.dataset, publication.owner_key)
    named = tuple((d.dataset, d.version, d.manifest_hash) for d in request.datasets)
    agents = tuple(sorted({publication.manifest.agent for publication in publications}))
    require(
        {
            "manifest": (
                tuple(publication.listing.manifest_hash for publication in publications),
                request.manifest_hashes,
            ),
            "dataset": (tuple(_delivered(p) for p in publications), named),
            "agent": (agents, request.parties),
        }
    )
    return publications


def _delivered(publication: Publication) -> tuple[str, int, str]:
    listing = publication.listing
    return listing.dataset, listing.version, listing.manifest_hash


def _platform_shares(
    shares: tuple[Share, ...],
    priced: Quote,
    publications: tuple[Publication, ...],
    chosen: Parameters,
) -> dict[str, Residues]:
    outputs = tuple(output.output for output in priced.outputs)
    require({"platform's outputs": (tuple(share.output for share in shares), outputs)})
    platform = {share.output: decode_residues(share.residues, chosen) for share in shares}
    manifests = [publication.manifest for publication in publications]
    for output in priced.outputs:
        if output.degree == 1:
            wanted = sum_of_constants(manifests, output.columns[0], chosen)
            what = f"platform's share of the sum {output.output}"
            require({what: (platform[output.output], wanted)})
    return platform


def _parties(
    bundle: Bundle,
    request: Request,
    publications: tuple[Publication, ...],
    priced: Quote,
    expected: Expected,
) -> tuple[CheckedParty, ...]:
    chosen = parameter_sets.by_name(publications[0].manifest.parameters)
    asked = Asked(
        request=request,
        publications=publications,
        quote=priced,
        buyer=expected.buyer,
        platform_key=expected.platform_key,
        platform_digest=shares_digest(bundle.platform, chosen),
    )
    require({"number of envelopes": (len(bundle.envelopes), len(request.parties))})
    released = zip(request.parties, bundle.envelopes, bundle.receipts, strict=True)
    return tuple(check_party(asked, *one) for one in released)


def _check_statement(statement: DeliveryStatement, bundle: Bundle, checked: CheckedBundle) -> None:
    wanted = DeliveryStatement(
        job=checked.request.job,
        datasets=tuple(DeliveredDataset(*_delivered(p)) for p in checked.publications),
        parties=tuple(
            DeliveredParty(agent, record_hash(party.envelope), party.receipt.hash)
            for agent, party in zip(checked.request.parties, checked.parties, strict=True)
        ),
        plan_hash=checked.request.plan_hash,
        request_hash=record_hash(checked.request),
        parameters=checked.parameters.name,
        platform_digest=shares_digest(bundle.platform, checked.parameters),
    )
    require({"statement": (statement, wanted)})
