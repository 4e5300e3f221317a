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
from market.client.check_bundle import sum_of_constants
from market.client.publication import read_publication
from market.errors import Refused
from market.plan.moments import plan_outputs
from market.plan.plan import Plan, plan_hash
from market.records.delivery import Bundle, DeliveryStatement, Envelope, shares_digest
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
        chosen = parameter_sets.by_name(statement.record.parameters)
        digest = shares_digest(bundle.platform, chosen)
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
            f"The platform contradicts itself in none of {len(found)} signed deliveries.",
            "An honest platform leaves no proof. If a result was refused, the reason it was "
            "refused for lies elsewhere.",
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
                f"it signed for shares {before.platform_digest[:16]} and envelope "
                f"{before.envelope_hash[:16]}, and for shares {said.platform_digest[:16]} and "
                f"envelope {said.envelope_hash[:16]}, as the one result of this job"
            )
            proofs.append(Proof(said.job, 1, reason))
    return proofs


def _wrongs(one: Stated) -> list[Proof]:
    said = one.statement.record
    return [
        Proof(said.job, rule, reason)
        for rule, reasons in ((2, _against_constants(one)), (3, _against_envelope(one)))
        for reason in reasons
    ]


def _against_constants(one: Stated) -> list[str]:
    said = one.statement.record
    try:
        publication = read_publication(one.bundle.listing, one.bundle.manifest)
        plan = wire.decode(Plan, one.bundle.plan.encode())
        schema, manifest = publication.listing.schema, publication.manifest
        if record_hash(manifest) != said.manifest_hash:
            return []
        named = (said.dataset, said.version, said.parameters)
        if named != (manifest.dataset, manifest.version, manifest.parameters):
            return [f"it names {named} with a manifest of {manifest.dataset}"]
        if plan_hash(plan, schema) != said.plan_hash:
            return []
        chosen = parameter_sets.by_name(said.parameters)
        shares = {s.output: decode_residues(s.residues, chosen) for s in one.bundle.platform}
        return [
            f"the share of the sum {output.id} is not the sum of the constants in manifest "
            f"{said.manifest_hash[:16]}"
            for output in plan_outputs(plan, schema)
            if output.degree == 1
            and shares.get(output.id) != sum_of_constants(manifest, output.columns[0], chosen)
        ]
    except (CryptoError, Refused):
        # These documents are not those the statement names: they prove nothing.
        return []


def _against_envelope(one: Stated) -> list[str]:
    said = one.statement.record
    try:
        envelope = open_signed(Envelope, one.bundle.envelope.encode()).record
    except CryptoError:
        return []
    expected = envelope.header.platform_digest
    if record_hash(envelope) != said.envelope_hash or expected == said.platform_digest:
        return []
    return [
        f"the envelope {said.envelope_hash[:16]} it delivers was sealed for shares "
        f"{expected[:16]}, and it signed for shares {said.platform_digest[:16]}"
    ]


def _unsigned(reason: str) -> Refused:
    return Refused(
        "evidence-unsigned",
        f"The platform did not sign for this bundle: {reason}.",
        "It proves nothing. Give bundles as the portal handed them out.",
    )
