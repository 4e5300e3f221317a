"""The owner's yes or no arrives: from their agent under policy, or made by hand."""

from __future__ import annotations

from dataclasses import replace

from crypto.errors import CryptoError
from market.entities.dataset import Dataset
from market.entities.job import Job, JobEvent, advance
from market.entities.people import User
from market.errors import Refused
from market.records.approval import Approval, Refusal
from market.records.first_difference import first_difference
from market.records.request import Request
from market.records.signed import Signed, open_signed, record_hash
from market.services.authorize import owned_job
from market.services.end_job import end_job
from market.services.platform import Platform


def accept_approval(
    platform: Platform, user: User, job_id: str, approval_text: str, *, now: int
) -> Job:
    """Store a signed approval of a requested job; the same approval again changes nothing.

    Raises:
        NotFound: the job does not concern a dataset of this user.
        Refused: `approval-invalid` when it does not verify or names another request.
        Conflict: the job is not waiting for an approval.
    """
    job, dataset = owned_job(platform, user, job_id)
    if job.approval == approval_text:
        return job
    approval = read_approval(approval_text, dataset)
    check_approval(job, approval.record, now=now)
    approved = replace(
        advance(job, "approved", now=now, deadline=approval.record.expires_at),
        approval=approval_text,
    )
    by = "The owner's agent" if approval.signer == dataset.manifest.record.agent else "The owner"
    event = JobEvent(job_id, now, "approved", f"{by} approved the request.")
    platform.jobs.save(approved, expected="requested", event=event)
    return approved


def accept_refusal(
    platform: Platform, user: User, job_id: str, refusal_text: str, *, now: int
) -> Job:
    """End a job the owner refused.

    Raises:
        NotFound: the job does not concern a dataset of this user.
        Refused: `refusal-invalid` when it does not verify or names another request.
    """
    job, dataset = owned_job(platform, user, job_id)
    if job.refusal == refusal_text:
        return job
    try:
        refusal = open_signed(Refusal, refusal_text.encode())
    except CryptoError as error:
        raise _invalid("refusal", str(error)) from error
    if refusal.signer not in (dataset.manifest.record.agent, dataset.owner_key):
        raise _invalid("refusal", "it is signed by neither the owner nor their agent")
    if refusal.record.job != job_id or refusal.record.request_hash != request_hash(job):
        raise _invalid("refusal", "it names another request")
    _check_party("refusal", refusal.record, dataset)
    return end_job(
        platform,
        replace(job, refusal=refusal_text),
        "refused",
        code=refusal.record.code,
        message=refusal.record.message,
        next_action=refusal.record.next_action,
        now=now,
    )


def read_approval(text: str, dataset: Dataset) -> Signed[Approval]:
    """An approval by the owner or the dataset's agent, on this data (raises Refused)."""
    try:
        approval = open_signed(Approval, text.encode())
    except CryptoError as error:
        raise _invalid("approval", str(error)) from error
    if approval.signer not in (dataset.manifest.record.agent, dataset.owner_key):
        raise _invalid("approval", "it is signed by neither the owner nor their agent")
    _check_party("approval", approval.record, dataset)
    return approval


def _check_party(what: str, word: Approval | Refusal, dataset: Dataset) -> None:
    """That a yes or no speaks for the dataset's agent, about its data (raises Refused)."""
    expected: dict[str, tuple[object, object]] = {
        "party": (word.party, dataset.manifest.record.agent),
        "manifests": (word.manifest_hashes, (dataset.listing.record.manifest_hash,)),
    }
    if found := first_difference(expected):
        raise _invalid(what, f"its {found}")


def check_approval(job: Job, approval: Approval, *, now: int) -> None:
    """That an approval answers this job's request, and still holds (raises Refused)."""
    if approval.job != job.job or approval.request_hash != request_hash(job):
        raise _invalid("approval", "it names another request")
    if now >= approval.expires_at:
        raise _invalid("approval", f"it held until {approval.expires_at}; it is {now}")


def request_hash(job: Job) -> str:
    """Hash of the job's signed request, or an empty string before there is one."""
    if job.request is None:
        return ""
    return record_hash(open_signed(Request, job.request.encode(), signer=job.buyer_key).record)


def _invalid(what: str, reason: str) -> Refused:
    return Refused(
        "approval-invalid" if what == "approval" else "refusal-invalid",
        f"The {what} was not accepted: {reason}.",
        "Make it again with the owner's installed client; the job goes on waiting.",
    )
