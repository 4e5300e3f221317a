"""Hand out what a buyer opens: everything signed, in one file."""

from __future__ import annotations

from crypto import canonical, parameters
from market import wire
from market.entities.dataset import Dataset
from market.entities.documents import Documents
from market.entities.job import Job
from market.entities.people import User
from market.errors import Conflict
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
from market.services.accept_release import agents_receipt
from market.services.asked_datasets import datasets_of
from market.services.authorize import visible_job
from market.services.evaluate_job import shares_of
from market.services.platform import Platform


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
    datasets = datasets_of(platform, job)
    kept = platform.jobs.documents(job_id)
    delivered = Bundle(
        listings=tuple(dataset.listing.encode().decode() for dataset in datasets),
        manifests=tuple(dataset.manifest.encode().decode() for dataset in datasets),
        plan=kept.need("plan"),
        request=kept.need("request"),
        envelopes=tuple(kept.need("envelope", party) for party in job.parties),
        receipts=tuple(kept.need("receipt", party) for party in job.parties),
        platform=shares_of(kept),
        statement=_statement(platform, job, datasets, kept),
    )
    return canonical.dumps(wire.to_json(delivered))


def _statement(platform: Platform, job: Job, datasets: tuple[Dataset, ...], kept: Documents) -> str:
    # A function of the released job alone, so that asking again gets the same words.
    # What is computed together is under one parameter set: any dataset names it.
    manifest = datasets[0].manifest.record
    statement = DeliveryStatement(
        job=job.job,
        datasets=tuple(
            DeliveredDataset(asked.dataset, asked.version, dataset.listing.record.manifest_hash)
            for asked, dataset in zip(job.datasets, datasets, strict=True)
        ),
        parties=tuple(_delivered(party, kept) for party in job.parties),
        plan_hash=job.plan_hash or "",
        request_hash=job.request_hash or "",
        parameters=manifest.parameters,
        platform_digest=shares_digest(shares_of(kept), parameters.by_name(manifest.parameters)),
    )
    return sign_record(platform.identity, statement).encode().decode()


def _delivered(party: str, kept: Documents) -> DeliveredParty:
    envelope = open_signed(Envelope, kept.need("envelope", party).encode())
    receipt = open_signed(Receipt, agents_receipt(kept.need("receipt", party)).encode())
    return DeliveredParty(party, record_hash(envelope.record), record_hash(receipt.record))
