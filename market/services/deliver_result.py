"""Hand out what a buyer opens: everything signed, in one file."""

from __future__ import annotations

from crypto import canonical, parameters
from market import wire
from market.entities.dataset import Dataset
from market.entities.job import Job
from market.entities.people import User
from market.errors import Conflict
from market.records.delivery import (
    Bundle,
    DeliveredDataset,
    DeliveredParty,
    DeliveryStatement,
    Envelope,
    Share,
    shares_digest,
)
from market.records.receipt import Receipt
from market.records.signed import open_signed, record_hash, sign_record
from market.services.accept_approval import request_hash
from market.services.accept_release import agents_receipt
from market.services.authorize import visible_job
from market.services.evaluate_job import platform_shares
from market.services.platform import Platform


def deliver_result(platform: Platform, user: User, job_id: str) -> bytes:
    """The sealed bundle of a released job, as canonical JSON.

    Raises:
        NotFound: the job is not visible to the user.
        Conflict: `not-released` while the job has no result.
    """
    job = visible_job(platform, user, job_id)
    if (
        job.plan is None
        or job.request is None
        or job.envelope is None
        or job.receipt is None
        or job.platform is None
    ):
        raise Conflict(
            "not-released",
            f"Job {job_id} is {job.state}; there is no result yet.",
            job.next_action or "Look at the job's timeline for what it waits for.",
        )
    dataset = platform.catalogue.version(job.dataset, job.version)
    shares = platform_shares(job)
    return canonical.dumps(
        wire.to_json(
            Bundle(
                listings=(dataset.listing.encode().decode(),),
                manifests=(dataset.manifest.encode().decode(),),
                plan=job.plan,
                request=job.request,
                envelopes=(job.envelope,),
                receipts=(job.receipt,),
                platform=shares,
                statement=_statement(platform, job, dataset, shares),
            )
        )
    )


def _statement(platform: Platform, job: Job, dataset: Dataset, shares: tuple[Share, ...]) -> str:
    # A function of the released job alone, so that asking again gets the same words.
    manifest = dataset.manifest.record
    envelope = open_signed(Envelope, (job.envelope or "").encode())
    receipt = open_signed(Receipt, agents_receipt(job.receipt or "").encode())
    statement = DeliveryStatement(
        job=job.job,
        datasets=(
            DeliveredDataset(job.dataset, job.version, dataset.listing.record.manifest_hash),
        ),
        parties=(
            DeliveredParty(
                manifest.agent, record_hash(envelope.record), record_hash(receipt.record)
            ),
        ),
        plan_hash=job.plan_hash or "",
        request_hash=request_hash(job),
        parameters=manifest.parameters,
        platform_digest=shares_digest(shares, parameters.by_name(manifest.parameters)),
    )
    return sign_record(platform.identity, statement).encode().decode()
