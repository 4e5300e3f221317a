"""What the second stage of either engine begins with: every signature under a job, verified again.

A state in the database is nobody's approval.
"""

from __future__ import annotations

from market.entities.documents import Documents
from market.entities.engines import Engine
from market.entities.job import Job
from market.errors import Conflict
from market.records.request import Request
from market.records.signed import open_signed
from market.services.compute.accept_approval import check_approval, read_approval
from market.services.platform import Platform
from market.services.sources import parts_of


def approved_request(platform: Platform, job: Job, engine: Engine) -> tuple[Documents, Request]:
    """What an approved job of this engine carries, and its buyer's request, verified.

    Raises:
        Conflict: the job has no approval yet, has ended, or is the other engine's.
        CryptoError: the request is not its buyer's.
    """
    kept = platform.jobs.documents(job.job)
    text = kept.find("request")
    is_approved = job.state == "approved" and job.engine == engine
    if not is_approved or text is None or kept.find("plan") is None:
        raise _not_approved(job)
    return kept, open_signed(Request, text.encode(), signer=job.buyer_key).record


def check_approvals(platform: Platform, job: Job, kept: Documents, *, now: int) -> None:
    """Verify every party's approval (raises Refused; Conflict where one is missing)."""
    for part in parts_of(platform, job):
        text = kept.find("approval", part.party)
        if text is None:
            raise _not_approved(job)
        check_approval(job, read_approval(text, part).record, now=now)


def _not_approved(job: Job) -> Conflict:
    return Conflict(
        "job-state",
        f"Job {job.job} is {job.state}; only an approved job goes on, by its own engine's step.",
        "Wait for the buyer's request and the approval of every party.",
    )
