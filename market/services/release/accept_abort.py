"""A consortium's member says that its session broke off: signed, with the stage, and whose doing
it was where that can be known."""

from __future__ import annotations

from crypto.errors import CryptoError
from market.entities.documents import Document, Documents
from market.entities.job import End, Job, JobEvent
from market.entities.people import User
from market.errors import Conflict, Refused
from market.policy.consortia.session_advice import next_action
from market.records.first_difference import first_difference
from market.records.receipt import NO_ENVELOPE
from market.records.session import SessionAbort
from market.records.signed import open_signed
from market.services.authorize import own_part
from market.services.compute.seal_job import seal_of_job
from market.services.jobs.end_job import end_job
from market.services.platform import Platform
from market.services.release.accept_release import delivered_by_all, outcome_of
from market.services.release.keep_spending import ABORTED, chain_and_settle, keep_late_receipt
from market.services.release.release_documents import check_receipt, countersign, read_receipt
from market.services.sources import Part, agreement_of


def accept_abort(
    platform: Platform, user: User, job_id: str, abort_text: str, receipt_text: str, *, now: int
) -> Job:
    """Keep a member's word that its session broke off; the same one again changes nothing.

    The first one ends the job, unless members have delivered already: then it waits for the others,
    and what they deliver is handed out incomplete where it is enough.

    Args:
        receipt_text: what its agent's ledger charged, for no envelope; empty where nothing was.

    Raises:
        NotFound: the job does not concern data of this user.
        Refused: `abort-invalid`, `release-invalid`: it does not verify, or is of another session.
        Conflict: the job's session is not sealed, the member has delivered, or it has said another
            word; `receipt-forked`. Unavailable: `receipt-early`.
    """
    try:
        return _accept(platform, user, job_id, abort_text, receipt_text, now=now)
    except Conflict:
        if not platform.jobs.get(job_id).is_terminal:
            raise
        # Members hear of an abort at the same time: another's word ended the job between reading
        # and saving. Then this one is a late one, which is kept like any other.
        return _accept(platform, user, job_id, abort_text, receipt_text, now=now)


def _accept(
    platform: Platform, user: User, job_id: str, abort_text: str, receipt_text: str, *, now: int
) -> Job:
    job, part = own_part(platform, user, job_id)
    kept = platform.jobs.documents(job_id)
    abort = _read(job, part, kept, abort_text)
    if kept.find("abort", part.party) is None:
        job = _keep(platform, job, part, abort, abort_text, now=now)
        kept = platform.jobs.documents(job_id)
    if receipt_text:
        _charge(platform, job, part, receipt_text, kept, now=now)
        job = platform.jobs.get(job_id)
    return _ended(platform, job, abort, kept, now=now)


def _read(job: Job, part: Part, kept: Documents, text: str) -> SessionAbort:
    seal = seal_of_job(kept)
    if not seal or kept.find("envelope", part.party) is not None:
        raise Conflict(
            "job-state",
            f"Job {job.job} is {job.state}; {part.organisation} has no session to break off.",
            "Look at the job's timeline: the session is not sealed, or the member has delivered.",
        )
    try:
        abort = open_signed(SessionAbort, text.encode(), signer=part.party).record
    except CryptoError as error:
        raise _invalid(str(error)) from error
    expected = {
        "job": (abort.job, job.job),
        "party": (abort.party, part.party),
        "request": (abort.request_hash, job.request_hash),
        "seal": (abort.seal, seal),
    }
    if found := first_difference(expected):
        raise _invalid(f"its {found}")
    for named in (abort.accused, abort.reported_by):
        if named and named not in job.parties:
            raise _invalid(f"it names {named[:16]}, who is no member")
    known = kept.find("abort", part.party)
    if known not in (None, text):
        raise Conflict(
            "document-differs",
            f"{part.organisation} has broken off the session of job {job.job} in other words.",
            "The first word counts.",
        )
    return abort


def _keep(
    platform: Platform, job: Job, part: Part, abort: SessionAbort, text: str, *, now: int
) -> Job:
    event = JobEvent(job.job, now, "abort", _told(platform, job, abort))
    document = Document("abort", text, part.party)
    platform.jobs.save(job, expected=job.state, event=event, documents=[document])
    return job


def _charge(
    platform: Platform, job: Job, part: Part, text: str, kept: Documents, *, now: int
) -> None:
    receipt = read_receipt(part.party, text)
    check_receipt(job, part, receipt.record, envelope_hash=NO_ENVELOPE)
    if job.is_terminal or kept.find("receipt", part.party) is not None:
        keep_late_receipt(platform, job, part, receipt, kept, now=now)
        return
    chain_and_settle(platform, job, part, receipt, now=now)
    countersigned = Document("receipt", countersign(platform, receipt, now=now), part.party)
    text = f"Receipt {receipt.record.receipt[:12]}: {part.organisation} was charged."
    event = JobEvent(job.job, now, "charge", text)
    platform.jobs.save(job, expected=job.state, event=event, documents=[countersigned])


def _ended(platform: Platform, job: Job, abort: SessionAbort, kept: Documents, *, now: int) -> Job:
    if job.is_terminal:
        return job
    if outcome_of(platform, job, kept) != "broken-off":
        return delivered_by_all(platform, job, kept, now=now)
    what_happened, advice = _told(platform, job, abort), next_action(abort.code)
    why = End(
        ABORTED,
        what_happened,
        f"{advice} What a member was charged its receipt says; every run is charged anew.",
    )
    return end_job(platform, job, "failed", why, now=now)


def _told(platform: Platform, job: Job, abort: SessionAbort) -> str:
    """Who broke off at which stage, whom it accuses, and why, by organisations."""
    agreement = agreement_of(platform, job)
    who = agreement.member_of(abort.party).organisation
    broken_off = f"{who} broke the session off at stage {abort.stage}"
    message = abort.message.rstrip(".")
    if not abort.accused:
        return f"{broken_off}: {message}. Whose doing it was cannot be known."
    accused = agreement.member_of(abort.accused).organisation
    if not abort.reported_by:
        return f"{broken_off}, because of {accused}: {message}."
    reporter = agreement.member_of(abort.reported_by).organisation
    return f"{broken_off}, because of {accused}, as {reporter} reports: {message}."


def _invalid(reason: str) -> Refused:
    return Refused(
        "abort-invalid",
        f"The member's word was not accepted: {reason}.",
        "Its agent sends it again; if this repeats, compare the agent's store with this portal.",
    )
