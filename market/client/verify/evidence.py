"""What proves a platform wrong: its own signature, beside what it signed. Nobody is asked.

Every bundle carries the platform's statement over the shares b it delivers. Whoever knows the
platform's key checks with no other trust:

1. Two different statements about one request of a job: it has one result, and got two.
2. A statement that contradicts a manifest it names: another dataset or parameters, or a share of
   a sum that is not the sum of the constants there.
3. An envelope the statement names, in whose header the agent expected other shares: the platform
   accepts none such, so it changed b after it had countersigned, or took what it must refuse.

A share without a statement that fits it is nobody's word: clients open nothing of it, and it proves
nothing but that the platform withholds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crypto import canonical
from crypto import parameters as parameter_sets
from crypto.errors import CryptoError
from crypto.shares import decode_residues
from market import wire
from market.client.verify.platform_shares import platform_shares_digests
from market.client.verify.publication import read_publication
from market.errors import Refused
from market.plan.lowered import lower
from market.plan.plan import Plan, plan_hash
from market.plan.schema import Schema
from market.policy.listing.union import joint_schema
from market.records.delivery import Bundle, DeliveryStatement, Envelope
from market.records.manifest import Manifest
from market.records.platform_constants import sum_of_constants
from market.records.signed import Signed, open_signed, record_hash


@dataclass(frozen=True, slots=True)
class Stated:
    """A bundle whose shares the platform signed for."""

    bundle: Bundle
    statement: Signed[DeliveryStatement]


@dataclass(frozen=True, slots=True)
class Proof:
    """What only the holder of the platform's key can have signed, and what is wrong with it."""

    job: str
    rule: int
    reason: str


def read_stated(data: bytes) -> Stated:
    """A bundle with the statement that fits its shares; whose key signed, the caller decides.

    Raises:
        Refused: `evidence-unsigned`: it is not a bundle, or nobody signed for its shares.
    """
    try:
        bundle = wire.from_json(Bundle, canonical.loads(data))
        statement = open_signed(DeliveryStatement, bundle.statement.encode())
        digests = platform_shares_digests(bundle.platform, statement.record.parameters)
    except CryptoError as error:
        raise _unsigned(f"{error}") from error
    if digests != tuple(named.platform_digest for named in statement.record.datasets):
        raise _unsigned("its shares are not those of its statement")
    return Stated(bundle, statement)


def prove(found: Sequence[Stated]) -> tuple[Proof, ...]:
    """Every proof in bundles of one platform.

    Raises:
        Refused: `nothing-proved`.
    """
    proofs = [*_contradictions(found), *(proof for one in found for proof in _wrongs(one))]
    if not proofs:
        raise Refused(
            "nothing-proved",
            f"In none of {len(found)} signed deliveries does the platform contradict itself.",
            "An honest platform leaves no proof. If a result was refused, the reason for "
            "that lies elsewhere.",
        )
    return tuple(dict.fromkeys(proofs))


def _contradictions(found: Sequence[Stated]) -> list[Proof]:
    first: dict[tuple[str, str], DeliveryStatement] = {}
    proofs = []
    for one in found:
        said = one.statement.record
        before = first.setdefault((said.job, said.request_hash), said)
        if before != said:
            reason = (
                f"it signed for {_signed_for(before)}, and for {_signed_for(said)}, as the one "
                "result of this job"
            )
            proofs.append(Proof(said.job, 1, reason))
    return proofs


def _signed_for(said: DeliveryStatement) -> str:
    envelopes = ", ".join(party.envelope_hash[:16] for party in said.parties)
    digests = ", ".join(named.platform_digest[:16] for named in said.datasets)
    # To a consortium's result the platform adds no shares.
    return f"shares {digests} and envelope {envelopes}" if digests else f"envelope {envelopes}"


def _wrongs(one: Stated) -> list[Proof]:
    said = one.statement.record
    return [
        Proof(said.job, rule, reason)
        for rule, reasons in ((2, _against_constants(one)), (3, _against_envelopes(one)))
        for reason in reasons
    ]


def _against_constants(one: Stated) -> list[str]:
    said = one.statement.record
    try:
        publications = [
            read_publication(listing, manifest)
            for listing, manifest in zip(one.bundle.listings, one.bundle.manifests, strict=True)
        ]
        manifests = [publication.manifest for publication in publications]
        if tuple(map(record_hash, manifests)) != tuple(d.manifest_hash for d in said.datasets):
            return []
        schema = joint_schema(publications[0].listing.schema, [one.dataset for one in manifests])
        return [*_other_names(said, manifests), *_other_sums(one, schema, manifests)]
    except (CryptoError, Refused):
        # These documents are not those the statement names: they prove nothing.
        return []


def _other_names(said: DeliveryStatement, manifests: Sequence[Manifest]) -> list[str]:
    """Datasets, versions or parameters the statement names otherwise than its manifests do."""
    named = [(asked.dataset, asked.version, said.parameters) for asked in said.datasets]
    return [
        f"it names {seen} with a manifest of {manifest.dataset}"
        for seen, manifest in zip(named, manifests, strict=True)
        if seen != (manifest.dataset, manifest.version, manifest.parameters)
    ]


def _other_sums(one: Stated, schema: Schema, manifests: Sequence[Manifest]) -> list[str]:
    """Sums whose share is not what a manifest's constants add up to."""
    said = one.statement.record
    plan = wire.decode(Plan, one.bundle.plan.encode())
    if plan_hash(plan, (schema,) * len(manifests)) != said.plan_hash:
        return []
    chosen = parameter_sets.by_name(said.parameters)
    sums = [output for output in lower(plan, schema).outputs if output.degree == 1]
    reasons = []
    for asked, manifest, shares in zip(said.datasets, manifests, one.bundle.platform, strict=True):
        found = {share.output: decode_residues(share.residues, chosen) for share in shares}
        reasons += [
            f"the share of the sum {output.id} is not the sum of the constants in manifest "
            f"{asked.manifest_hash[:16]}"
            for output in sums
            if found.get(output.id) != sum_of_constants(manifest, output, chosen)
        ]
    return reasons


def _against_envelopes(one: Stated) -> list[str]:
    return [reason for text in one.bundle.envelopes for reason in _against_envelope(one, text)]


def _against_envelope(one: Stated, text: str) -> list[str]:
    said = one.statement.record
    try:
        signed = open_signed(Envelope, text.encode())
    except CryptoError:
        return []
    envelope = signed.record
    expected, digest = envelope.header.platform_digest, record_hash(envelope)
    is_named = digest in {party.envelope_hash for party in said.parties}
    signed_for = _signed_for_data_of(one, signed.signer)
    if not is_named or expected in signed_for:
        return []
    return [
        f"the envelope {digest[:16]} it delivers was sealed for shares {expected[:16]}, and it "
        f"signed for shares {', '.join(signed[:16] for signed in signed_for)}"
    ]


def _signed_for_data_of(one: Stated, agent: str) -> list[str]:
    """The digests the platform signed for over the data that this agent answers for, by the
    manifests it named; over all data, where they are not here."""
    digests = {
        named.manifest_hash: named.platform_digest for named in one.statement.record.datasets
    }
    try:
        manifests = [open_signed(Manifest, text.encode()).record for text in one.bundle.manifests]
    except CryptoError:
        manifests = []
    named = {record_hash(manifest): manifest.agent for manifest in manifests}
    return [digest for hash_, digest in digests.items() if named.get(hash_, agent) == agent]


def _unsigned(reason: str) -> Refused:
    return Refused(
        "evidence-unsigned",
        f"The platform did not sign for this bundle: {reason}.",
        "It proves nothing. Give bundles as the portal handed them out.",
    )
