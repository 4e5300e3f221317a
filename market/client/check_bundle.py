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

Of a consortium, whose members' shares need no platform, some rules are others: see
market.client.check_members.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

from crypto import canonical
from crypto.errors import CryptoError
from crypto.shares import Residues, decode_residues
from market import wire
from market.client.asked_source import AskedSource, source_of_publication
from market.client.check_members import (
    delivering,
    member_receipts,
    member_sources,
    session_seal,
)
from market.client.check_party import Asked, CheckedParty, WantedOf, check_party
from market.client.platform_shares import platform_shares_digest
from market.client.publication import Publication, read_publication
from market.client.result_invalid import invalid, require
from market.errors import Refused
from market.plan.lowered import lower
from market.plan.plan import Plan, plan_hash
from market.policy.one_of_each import one_dataset, one_party
from market.pricing.lattice import CiphertextLattice
from market.pricing.loss import compared_losses
from market.pricing.quote import Quote, quote
from market.records.agreement import Agreement
from market.records.delivery import (
    Bundle,
    DeliveredDataset,
    DeliveredParty,
    DeliveryStatement,
    Share,
)
from market.records.platform_constants import sum_of_constants
from market.records.receipt import receipted
from market.records.request import Request, RequestedDataset
from market.records.signed import open_signed, record_hash


@dataclass(frozen=True, slots=True)
class Expected:
    """What this client knows without the platform's word.

    Attributes:
        request_text: the signed request as this client stored it.
        buyer_key: the key (hex) that signed it; `buyer` its fingerprint.
        recipient_key: the job's public recipient key.
        platform_key: the portal's key as pinned at login.
        pin: given (kind, name, key): raises unless it is the owner's or member's key as first seen.
        keep_first: given the platform's shares as bytes: the first ever kept for the job.
    """

    request_text: str
    buyer_key: str
    buyer: str
    recipient_key: str
    platform_key: str
    pin: Callable[[Literal["owner", "member"], str, str], None]
    keep_first: Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class CheckedBundle:
    """A bundle that passed; only the seals are left to open.

    `sources` stand in the order of the request's datasets, `parties` in that of its parties; of a
    consortium's those who have delivered.
    """

    request: Request
    sources: tuple[AskedSource, ...]
    quote: Quote
    parties: tuple[CheckedParty, ...]
    platform: dict[str, Residues]

    @property
    def agreement(self) -> Agreement | None:
        """The consortium's; None of encrypted data."""
        return self.sources[0].agreement


def check_bundle(data: bytes, expected: Expected) -> CheckedBundle:
    """Check a bundle by the rules above.

    Raises:
        Refused: `result-invalid` with what does not hold; `platform-share-changed` when b is not
            the first seen; `owner-key-changed`, `member-key-changed`, `publication-invalid`,
            `receipt-invalid`.
        MoreThanOne: the request names several datasets, or several agents of one.
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
    one_dataset(request.datasets)
    sources = _sources(bundle, request, expected)
    asked = one_dataset(sources)
    plan = wire.decode(Plan, bundle.plan.encode())
    require({"plan's datasets": (plan.datasets, request.names)})
    require({"plan": (plan_hash(plan, [each.schema for each in sources]), request.plan_hash)})
    lowered = lower(plan, asked.schema)
    priced = quote(lowered, request.rho_units, asked.policy.delta, asked.lattice)
    require({"cost": compared_losses(priced.rho_units, request.rho_units, priced.delta)})
    platform = _platform_shares(bundle, priced)
    wanted = _wanted(bundle, request, sources)
    released = zip(wanted, bundle.envelopes, bundle.receipts, strict=True)
    checking = Asked(request, priced, expected.buyer, expected.platform_key)
    parties = tuple(check_party(checking, *one) for one in released)
    return CheckedBundle(request, sources, priced, parties, platform)


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
    require(
        {
            "statement's job": (statement.job, request.job),
            "statement's request": (statement.request_hash, record_hash(request)),
            "statement's shares": (
                statement.platform_digest,
                platform_shares_digest(bundle.platform, statement.parameters),
            ),
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


def _sources(bundle: Bundle, request: Request, expected: Expected) -> tuple[AskedSource, ...]:
    if request.session is not None:
        return member_sources(bundle, request, partial(expected.pin, "member"))
    one_party(request.parties)
    publications = _publications(bundle)
    for publication in publications:
        expected.pin("owner", publication.listing.dataset, publication.owner_key)
    sources = tuple(map(source_of_publication, publications))
    agents = tuple(sorted({agent for source in sources for agent in source.parties}))
    require(
        {
            "manifest": (
                tuple(source.named.manifest_hash for source in sources),
                request.manifest_hashes,
            ),
            "dataset": (
                tuple(_delivered(source.named) for source in sources),
                tuple(map(_delivered, request.datasets)),
            ),
            "agent": (agents, request.parties),
        }
    )
    return sources


def _publications(bundle: Bundle) -> tuple[Publication, ...]:
    return tuple(
        read_publication(listing, manifest)
        for listing, manifest in zip(bundle.listings, bundle.manifests, strict=True)
    )


def _delivered(named: RequestedDataset) -> DeliveredDataset:
    return DeliveredDataset(named.dataset, named.version, named.manifest_hash)


def _platform_shares(bundle: Bundle, priced: Quote) -> dict[str, Residues]:
    if not isinstance(priced.lattice, CiphertextLattice):
        require({"platform's shares": (bundle.platform, ())})
        return {}
    chosen = priced.lattice.parameters
    outputs = tuple(output.output for output in priced.outputs)
    require({"platform's outputs": (tuple(share.output for share in bundle.platform), outputs)})
    platform = {share.output: decode_residues(share.residues, chosen) for share in bundle.platform}
    manifests = [publication.manifest for publication in _publications(bundle)]
    for output in priced.outputs:
        if output.degree == 1:
            wanted = sum_of_constants(manifests, output.columns[0], chosen)
            what = f"platform's share of the sum {output.output}"
            require({what: (platform[output.output], wanted)})
    return platform


def _wanted(
    bundle: Bundle, request: Request, sources: tuple[AskedSource, ...]
) -> tuple[WantedOf, ...]:
    """What the header and receipt of every party that delivered have to say."""
    agreement, name = sources[0].agreement, sources[0].lattice.name
    if agreement is not None:
        seal = session_seal(bundle, request, agreement)
        receipts = member_receipts(bundle, agreement)
        return tuple(
            WantedOf(agent, name, "", seal, (receipts[agent],))
            for agent in delivering(bundle, request)
        )
    require({"number of envelopes": (len(bundle.envelopes), len(request.parties))})
    digest = platform_shares_digest(bundle.platform, name)
    own = {
        agent: tuple(
            receipted(publication.manifest, publication.listing.manifest_hash)
            for publication in _publications(bundle)
            if publication.manifest.agent == agent
        )
        for agent in request.parties
    }
    return tuple(WantedOf(agent, name, digest, "", own[agent]) for agent in request.parties)


def _check_statement(statement: DeliveryStatement, bundle: Bundle, checked: CheckedBundle) -> None:
    name = checked.quote.lattice.name
    wanted = DeliveryStatement(
        job=checked.request.job,
        datasets=tuple(_delivered(source.named) for source in checked.sources),
        parties=tuple(
            DeliveredParty(party.agent, record_hash(party.envelope), party.receipt.hash)
            for party in checked.parties
        ),
        plan_hash=checked.request.plan_hash,
        request_hash=record_hash(checked.request),
        parameters=name,
        platform_digest=platform_shares_digest(bundle.platform, name),
    )
    require({"statement": (statement, wanted)})
