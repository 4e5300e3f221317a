"""Hand out what a buyer opens: everything signed, in one file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from crypto import canonical, parameters
from market import wire
from market.entities.documents import Documents
from market.entities.job import Job
from market.entities.people import User
from market.errors import Conflict
from market.policy.consortia.consortium_documents import documents_of
from market.records.consortium_documents import ConsortiumDocuments
from market.records.delivery import (
    Bundle,
    DeliveredDataset,
    DeliveredParty,
    DeliveryStatement,
    Envelope,
    shares_digest,
)
from market.records.receipt import Receipt
from market.records.signed import open_signed, record_hash, sign_record
from market.services.authorize import visible_job
from market.services.compute.evaluate_job import shares_of
from market.services.platform import Platform
from market.services.release.release_documents import agents_receipt
from market.services.sources import consortium_of, datasets_of, source_of


def is_released(job: Job) -> bool:
    """Whether there is a result to hand out."""
    return job.state == "released"


def deliver_result(platform: Platform, user: User, job_id: str) -> bytes:
    """The sealed bundle of a released job, as canonical JSON.

    Raises:
        NotFound: the job is not visible to the user.
        Conflict: `not-released` while the job has no result.
    """
    job = visible_job(platform, user, job_id)
    if not is_released(job):
        raise Conflict(
            "not-released",
            f"Job {job_id} is {job.state}; there is no result yet.",
            job.end.next_action if job.end else "Look at the job's timeline for what it waits for.",
        )
    kept = platform.jobs.documents(job_id)
    datasets = datasets_of(platform, job)
    delivered = Bundle(
        listings=tuple(dataset.listing.encode().decode() for dataset in datasets),
        manifests=tuple(dataset.manifest.encode().decode() for dataset in datasets),
        plan=kept.need("plan"),
        request=kept.need("request"),
        envelopes=tuple(kept.need("envelope", party) for party in _delivering(job, kept)),
        receipts=tuple(kept.need("receipt", party) for party in _delivering(job, kept)),
        platform=tuple(shares_of(kept, dataset.manifest.record.agent) for dataset in datasets),
        statement=_statement(platform, job, kept),
        consortium=_consortium(platform, job, kept),
        joins=_in_order(job, kept.by_party("join")),
    )
    return canonical.dumps(wire.to_json(delivered))


def _delivering(job: Job, kept: Documents) -> tuple[str, ...]:
    """The parties whose envelope there is, in the job's order: all, of encrypted data."""
    envelopes = kept.by_party("envelope")
    return tuple(party for party in job.parties if party in envelopes)


def _in_order(job: Job, texts: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(texts[party] for party in job.parties if party in texts)


def _consortium(platform: Platform, job: Job, kept: Documents) -> ConsortiumDocuments | None:
    """What a consortium's members signed, with the bindings the job was planned with."""
    if job.engine == "ciphertext":
        return None
    documents = documents_of(consortium_of(platform, job))
    return replace(documents, bindings=_in_order(job, kept.by_party("binding")))


def _statement(platform: Platform, job: Job, kept: Documents) -> str:
    # A function of the released job alone, so that asking again gets the same words.
    source = source_of(platform, job)
    name = source.lattice.name
    agents = [dataset.manifest.record.agent for dataset in datasets_of(platform, job)]
    digests = [
        shares_digest(shares_of(kept, agent), parameters.by_name(name)) for agent in agents
    ] or [""]
    statement = DeliveryStatement(
        job=job.job,
        datasets=tuple(
            DeliveredDataset(named.dataset, named.version, named.manifest_hash, digest)
            for named, digest in zip(source.named, digests, strict=True)
        ),
        parties=tuple(_delivered(party, kept) for party in _delivering(job, kept)),
        plan_hash=job.plan_hash or "",
        request_hash=job.request_hash or "",
        parameters=name,
    )
    return sign_record(platform.identity, statement).encode().decode()


def _delivered(party: str, kept: Documents) -> DeliveredParty:
    envelope = open_signed(Envelope, kept.need("envelope", party).encode())
    receipt = open_signed(Receipt, agents_receipt(kept.need("receipt", party)).encode())
    return DeliveredParty(party, record_hash(envelope.record), record_hash(receipt.record))
