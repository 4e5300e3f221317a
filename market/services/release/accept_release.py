"""The agent's sealed shares and receipt arrive: chain, debit, countersign, deliver.

A receipt is countersigned only at its place in the agent's chain. One that comes early waits for
those before it; one that forks the chain is kept as evidence beside the one it contradicts, is
neither countersigned nor charged, and ends its job: nothing of it is delivered.
"""

from __future__ import annotations

from market.entities.documents import Document, Documents
from market.entities.job import Job, JobEvent, advance
from market.entities.people import User
from market.errors import Conflict
from market.policy.consortia.session_end import Outcome, session_outcome
from market.services.access.appoint_agent import require_appointed
from market.services.authorize import own_part
from market.services.platform import Platform
from market.services.release.keep_spending import chain_and_settle, keep_late_receipt
from market.services.release.release_documents import (
    check_release,
    countersign,
    read_envelope,
    read_receipt,
    receipt_words,
    spent_words,
)
from market.services.sources import agreement_of


def accept_release(
    platform: Platform,
    user: User,
    job_id: str,
    envelope_text: str,
    receipt_text: str,
    *,
    now: int,
) -> Job:
    """Store a party's release; the same release again changes nothing.

    The debit comes before the job's new state and is idempotent, so a crash between the two is
    mended when the agent sends the same bytes again. A release of a job that ended while it was
    under way is charged and its receipt kept, since the agent has spent what it says; the job stays
    ended and delivers nothing of it.

    Raises:
        NotFound: the job does not concern a dataset of this user.
        Refused: `release-invalid` when envelope and receipt do not verify or do not fit the job.
        Conflict: the job is not waiting for a release, or has another one; `receipt-forked`.
        Unavailable: `receipt-early`: the agent's receipts before this one are not here yet.
    """
    job, part = own_part(platform, user, job_id)
    kept = platform.jobs.documents(job_id)
    party = part.party
    if kept.find("envelope", party) == envelope_text:
        return delivered_by_all(platform, job, kept, now=now)
    for dataset in part.datasets:
        require_appointed(platform, dataset)
    envelope, receipt = read_envelope(party, envelope_text), read_receipt(party, receipt_text)
    check_release(platform, job, part, kept, envelope, receipt.record)
    if job.is_terminal and is_under_way(kept) and kept.find("envelope", party) is None:
        return keep_late_receipt(platform, job, part, receipt, kept, now=now)
    advance(job, "released", now=now, deadline=now)
    chain_and_settle(platform, job, part, receipt, now=now)
    text = f"{receipt_words(job, part, receipt.record)}: {spent_words(receipt.record)}."
    given = (
        Document("envelope", envelope_text, party),
        Document("receipt", countersign(platform, receipt, now=now), party),
    )
    try:
        return _save(platform, job, kept, given, text, now=now)
    except Conflict:
        if not platform.jobs.get(job_id).is_terminal:
            raise
        # It ended between reading and saving: then this release is a late one, or a second one.
        return accept_release(platform, user, job_id, envelope_text, receipt_text, now=now)


def is_under_way(kept: Documents) -> bool:
    """Whether a job has come so far that its parties may have spent something."""
    return bool(kept.by_party("shares")) or kept.find("seal") is not None


def _save(
    platform: Platform,
    job: Job,
    kept: Documents,
    given: tuple[Document, ...],
    text: str,
    *,
    now: int,
) -> Job:
    """Keep one party's release: the last one's makes the job a released one."""
    if kept.joined(*given).has_all("envelope", job.parties):
        released = advance(job, "released", now=now, deadline=now)
        event = JobEvent(job.job, now, released.state, text)
        platform.jobs.save(released, expected=job.state, event=event, documents=given)
        return released
    event = JobEvent(job.job, now, "release", text)
    kept = platform.jobs.save(job, expected="evaluated", event=event, documents=given)
    return delivered_by_all(platform, job, kept, now=now)


def delivered_by_all(platform: Platform, job: Job, kept: Documents, *, now: int) -> Job:
    """The job one step on where the last releases came at the same time, or a crash came between
    the last one and that step; or where those who have not delivered broke their session off."""
    if job.state != "evaluated":
        return job
    if kept.has_all("envelope", job.parties):
        return _released(platform, job, "Every party has released its shares.", now=now)
    if job.engine == "members" and outcome_of(platform, job, kept) == "delivered":
        have = len(kept.by_party("envelope"))
        text = f"{have} of {len(job.parties)} members have released; the others broke it off."
        return _released(platform, job, text, now=now)
    return job


def release_incomplete(platform: Platform, job: Job, *, now: int) -> bool:
    """Deliver a session whose time is over, if enough of its members have released."""
    if job.engine != "members" or job.state != "evaluated":
        return False
    kept = platform.jobs.documents(job.job)
    if outcome_of(platform, job, kept, is_over=True) != "delivered":
        return False
    have = len(kept.by_party("envelope"))
    text = f"{have} of {len(job.parties)} members released in time."
    _released(platform, job, text, now=now)
    return True


def outcome_of(platform: Platform, job: Job, kept: Documents, *, is_over: bool = False) -> Outcome:
    """What is to become of a consortium's session by what its members have sent."""
    return session_outcome(
        job.parties,
        delivered=kept.by_party("envelope"),
        gave_up=kept.by_party("abort"),
        threshold=agreement_of(platform, job).proposal.threshold,
        is_over=is_over,
    )


def _released(platform: Platform, job: Job, text: str, *, now: int) -> Job:
    released = advance(job, "released", now=now, deadline=now)
    event = JobEvent(job.job, now, released.state, text)
    platform.jobs.save(released, expected=job.state, event=event)
    return released
