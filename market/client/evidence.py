"""What proves a platform wrong: its own signature, beside what it signed. Nobody is asked.

Every bundle carries the platform's statement over the shares b it delivers. Whoever knows the
platform's key checks with no other trust:

1. Two different statements about one request of a job: it has one result, and got two.
2. A statement that contradicts the manifest it names: another dataset or parameters, or a share of
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
from market.client.platform_shares import platform_shares_digest
from market.client.publication import read_publication
from market.errors import Refused
from market.plan.lowered import lower
from market.plan.plan import Plan, plan_hash
from market.plan.schema import Schema
from market.policy.one_of_each import one_dataset
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
        digest = platform_shares_digest(bundle.platform, statement.record.parameters)
    except CryptoError as error:
        raise _unsigned(f"{error}") from error
    if digest != statement.record.platform_digest:
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
    # To a consortium's result the platform adds no shares.
    shares = f"shares {said.platform_digest[:16]} and " if said.platform_digest else ""
    return f"{shares}envelope {envelopes}"


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
        return [
            *_other_names(said, manifests),
            *_other_sums(one, one_dataset(publications).listing.schema, manifests),
        ]
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
    """Sums whose share is not what the manifests' constants add up to."""
    said = one.statement.record
    plan = wire.decode(Plan, one.bundle.plan.encode())
    if plan_hash(plan, (schema,) * len(manifests)) != said.plan_hash:
        return []
    chosen = parameter_sets.by_name(said.parameters)
    shares = {s.output: decode_residues(s.residues, chosen) for s in one.bundle.platform}
    named = ", ".join(asked.manifest_hash[:16] for asked in said.datasets)
    return [
        f"the share of the sum {output.id} is not the sum of the constants in manifest {named}"
        for output in lower(plan, schema).outputs
        if output.degree == 1
        and shares.get(output.id) != sum_of_constants(manifests, output.columns[0], chosen)
    ]


def _against_envelopes(one: Stated) -> list[str]:
    return [reason for text in one.bundle.envelopes for reason in _against_envelope(one, text)]


def _against_envelope(one: Stated, text: str) -> list[str]:
    said = one.statement.record
    try:
        envelope = open_signed(Envelope, text.encode()).record
    except CryptoError:
        return []
    expected, digest = envelope.header.platform_digest, record_hash(envelope)
    is_named = digest in {party.envelope_hash for party in said.parties}
    if not is_named or expected == said.platform_digest:
        return []
    return [
        f"the envelope {digest[:16]} it delivers was sealed for shares "
        f"{expected[:16]}, and it signed for shares {said.platform_digest[:16]}"
    ]


def _unsigned(reason: str) -> Refused:
    return Refused(
        "evidence-unsigned",
        f"The platform did not sign for this bundle: {reason}.",
        "It proves nothing. Give bundles as the portal handed them out.",
    )
