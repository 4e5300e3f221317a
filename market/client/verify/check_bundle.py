"""Every check a sealed result must pass before it is opened: pure, in the order of its rules.

1. The request is, to the letter, the one this client signed, to the job's recipient key.
2. The pinned platform signed for these very shares b, as this job's result on this request.
3. The shares b are the first it ever signed for, as this client saw them.
4. Listing and manifest of every dataset are signed by the owner's key as first seen, fit each
   other, and are what the request names; its parties are the agents of these manifests. Several
   owners let their data be asked together as the request does (market.policy.listing.union).
5. The plan is the one the request names, at the price it names.
6. The platform's shares of every dataset are those of the plan's outputs, and for every sum they
   are the sum of the constants its owner signed.
7. Of every party: the envelope is signed by it, and its header says what was asked: job, request,
   plan, manifests, outputs with law and scale, parameters, agent, recipient key; and which shares
   of the platform's over its own data it goes with, by their digest. None is missing: what masks
   hide would not add up to anything.
8. Of every party: the receipt is signed by it and countersigned by the pinned platform, and names
   this request, envelope, its own datasets and the buyer, for no more rho than was agreed.
9. The platform's statement names these datasets, this plan, and every party's envelope and receipt.

Rules 2 and 3 come before whatever depends on b: a platform that may try several b and watch what
follows has an oracle on the share. And whatever breaks a later rule breaks it under the platform's
signature: that is the evidence (market.client.verify.evidence). Nothing here talks to anybody.

Of a consortium, whose members' shares need no platform, some rules are others: see
market.client.verify.check_members.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal

from crypto import canonical
from crypto.errors import CryptoError
from crypto.parameters import Parameters
from crypto.shares import Residues, decode_residues
from market import wire
from market.client.verify.asked_source import AskedSource, source_of_publications
from market.client.verify.check_members import (
    delivering,
    member_receipts,
    member_source,
    session_seal,
)
from market.client.verify.check_party import Asked, CheckedParty, WantedOf, check_party
from market.client.verify.platform_shares import platform_shares_digests
from market.client.verify.publication import Publication, read_publication
from market.client.verify.result_invalid import invalid, require
from market.errors import Refused
from market.plan.lowered import lower
from market.plan.plan import Plan, plan_hash
from market.pricing.lattice import CiphertextLattice
from market.pricing.quote import Quote, quote
from market.records.agreement import Agreement
from market.records.delivery import (
    Bundle,
    DeliveredDataset,
    DeliveredParty,
    DeliveryStatement,
    Share,
)
from market.records.manifest import Manifest
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

    `parties` stand in the order of the request's parties; of a consortium's those who have
    delivered. `platform` are its shares by output over the data of each agent (key in hex); none of
    a consortium.
    """

    request: Request
    source: AskedSource
    quote: Quote
    parties: tuple[CheckedParty, ...]
    platform: Mapping[str, Mapping[str, Residues]]

    @property
    def agreement(self) -> Agreement | None:
        """The consortium's; None of encrypted data."""
        return self.source.agreement


def check_bundle(data: bytes, expected: Expected) -> CheckedBundle:
    """Check a bundle by the rules above.

    Raises:
        Refused: `result-invalid` with what does not hold; `platform-share-changed` when b is not
            the first seen; `owner-key-changed`, `member-key-changed`, `publication-invalid`,
            `receipt-invalid`; and as market.policy.listing.union says of several owners.
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
    source = _source(bundle, request, expected)
    plan = wire.decode(Plan, bundle.plan.encode())
    require({"plan's datasets": (plan.datasets, request.names)})
    schemas = source.program_input.schemas
    require({"plan": (plan_hash(plan, schemas), request.plan_hash)})
    lowered = lower(plan, source.schema)
    priced = quote(lowered, request.rho_units, source.policy.delta, source.lattice)
    platform = _platform_shares(bundle, priced)
    wanted = _wanted(bundle, request, source)
    released = zip(wanted, bundle.envelopes, bundle.receipts, strict=True)
    checking = Asked(request, priced, expected.buyer, expected.platform_key)
    parties = tuple(check_party(checking, *one) for one in released)
    return CheckedBundle(request, source, priced, parties, platform)


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
                tuple(named.platform_digest for named in statement.datasets),
                platform_shares_digests(bundle.platform, statement.parameters),
            ),
        }
    )
    return statement


def _require_first(shares: tuple[tuple[Share, ...], ...], expected: Expected) -> None:
    seen = canonical.dumps(wire.to_json(shares))
    if expected.keep_first(seen) != seen:
        raise Refused(
            "platform-share-changed",
            "The platform signed for other shares of this job before; the first are kept for ever.",
            "Nothing was opened. The two statements prove the platform wrong to anybody: keep the "
            "job's folder, and see market result evidence.",
        )


def _source(bundle: Bundle, request: Request, expected: Expected) -> AskedSource:
    if request.session is not None:
        return member_source(bundle, request, partial(expected.pin, "member"))
    publications = _publications(bundle)
    for publication in publications:
        expected.pin("owner", publication.listing.dataset, publication.owner_key)
    found = [publication.listing.manifest_hash for publication in publications]
    require({"manifest": (tuple(found), request.manifest_hashes)})
    source, union = source_of_publications(publications), request.union
    agents = tuple(publication.manifest.agent for publication in publications)
    require(
        {
            "dataset": (
                tuple(map(_version, source.named)),
                tuple(map(_version, request.datasets)),
            ),
            "agent": (source.parties, request.parties),
            "values that open": (source.values, union.values if union else None),
            "agents": (agents, tuple(k.agent for k in union.agents) if union else request.parties),
        }
    )
    return source


def _publications(bundle: Bundle) -> tuple[Publication, ...]:
    return tuple(
        read_publication(listing, manifest)
        for listing, manifest in zip(bundle.listings, bundle.manifests, strict=True)
    )


def _version(named: RequestedDataset) -> tuple[str, int, int]:
    return named.dataset, named.version, named.edition


def _platform_shares(bundle: Bundle, priced: Quote) -> dict[str, dict[str, Residues]]:
    if not isinstance(priced.lattice, CiphertextLattice):
        require({"platform's shares": (bundle.platform, ())})
        return {}
    chosen = priced.lattice.parameters
    return {
        publication.manifest.agent: _shares_of(publication.manifest, shares, priced, chosen)
        for publication, shares in zip(_publications(bundle), bundle.platform, strict=True)
    }


def _shares_of(
    manifest: Manifest, shares: tuple[Share, ...], priced: Quote, chosen: Parameters
) -> dict[str, Residues]:
    """The platform's shares over the data of one manifest, by rule 6."""
    outputs = tuple(output.output for output in priced.outputs)
    require({"platform's outputs": (tuple(share.output for share in shares), outputs)})
    platform = {share.output: decode_residues(share.residues, chosen) for share in shares}
    for output in priced.outputs:
        if output.degree == 1:
            wanted = sum_of_constants(manifest, output.opened, chosen)
            what = f"platform's share of the sum {output.output}"
            require({what: (platform[output.output], wanted)})
    return platform


def _wanted(bundle: Bundle, request: Request, source: AskedSource) -> tuple[WantedOf, ...]:
    """What the header and receipt of every party that delivered have to say."""
    agreement, name = source.agreement, source.lattice.name
    if agreement is not None:
        seal = session_seal(bundle, request, agreement)
        receipts = member_receipts(bundle, agreement)
        return tuple(
            WantedOf(agent, name, "", seal, (receipts[agent],))
            for agent in delivering(bundle, request)
        )
    require({"number of envelopes": (len(bundle.envelopes), len(request.parties))})
    digests = platform_shares_digests(bundle.platform, name)
    wanted = {
        publication.manifest.agent: WantedOf(
            publication.manifest.agent,
            name,
            digest,
            "",
            (receipted(publication.manifest, publication.listing.manifest_hash),),
        )
        for publication, digest in zip(_publications(bundle), digests, strict=True)
    }
    return tuple(wanted[agent] for agent in request.parties)


def _check_statement(statement: DeliveryStatement, bundle: Bundle, checked: CheckedBundle) -> None:
    name = checked.quote.lattice.name
    digests = platform_shares_digests(bundle.platform, name)
    wanted = DeliveryStatement(
        job=checked.request.job,
        datasets=tuple(
            DeliveredDataset(named.dataset, named.version, named.manifest_hash, digest)
            for named, digest in zip(checked.source.named, digests, strict=True)
        ),
        parties=tuple(
            DeliveredParty(party.agent, record_hash(party.envelope), party.receipt.hash)
            for party in checked.parties
        ),
        plan_hash=checked.request.plan_hash,
        request_hash=record_hash(checked.request),
        parameters=name,
    )
    require({"statement": (statement, wanted)})
