"""Hand out what a buyer opens: everything signed, in one file."""

from __future__ import annotations

from crypto import canonical
from market import wire
from market.errors import Conflict, NotFound
from market.job import NO_VERSION, Job
from market.ports.catalogue import Dataset
from market.ports.people import User
from market.records.delivery import Bundle, Share
from market.services.platform import Platform


def visible_job(platform: Platform, user: User, job_id: str) -> Job:
    """A job of the user's organisation, or on a dataset he owns. Raises NotFound for others."""
    job = platform.jobs.get(job_id)
    if job.organisation == user.organisation or "administrator" in user.roles:
        return job
    dataset = dataset_of(platform, job)
    if dataset is not None and dataset.owner == user.user:
        return job
    raise NotFound("no-job", f"There is no job {job_id} of yours.", "Look at your job list.")


def dataset_of(platform: Platform, job: Job) -> Dataset | None:
    """The version of the dataset a job asks, None when it asked for one that does not exist."""
    if job.version == NO_VERSION:
        return None
    return platform.catalogue.version(job.dataset, job.version)


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
    shares = canonical.loads(job.platform.encode())
    return canonical.dumps(
        wire.to_json(
            Bundle(
                listing=dataset.listing.encode().decode(),
                manifest=dataset.manifest.encode().decode(),
                plan=job.plan,
                request=job.request,
                envelope=job.envelope,
                receipt=job.receipt,
                platform=tuple(wire.from_json(Share, share) for share in shares),
            )
        )
    )
