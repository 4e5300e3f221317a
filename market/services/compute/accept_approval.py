"""An owner's yes or no arrives: from their agent under policy, or made by hand.

A job is approved when every party has approved it; one party's refusal ends it.
"""

from __future__ import annotations

from dataclasses import replace

from crypto.errors import CryptoError
from market.entities.documents import Document, Documents
from market.entities.job import End, Job, JobEvent, advance
from market.entities.people import User
from market.errors import Refused
from market.records.approval import Approval, Refusal
from market.records.first_difference import first_difference
from market.records.member_part import member_hashes
from market.records.sealed_session import verify_join
from market.records.signed import Signed, open_signed
from market.services.authorize import own_part
from market.services.jobs.end_job import end_job, end_with
from market.services.platform import Platform
from market.services.sources import Part, agreement_of, consortium_of


def accept_approval(
    platform: Platform,
    user: User,
    job_id: str,
    approval_text: str,
    join_text: str = "",
    *,
    now: int,
) -> Job:
    """Store a party's signed approval of a requested job; the same one again changes nothing.

    Args:
        join_text: a consortium's member joins the session with it, signed by their agent; empty
            for encrypted data.

    Raises:
        NotFound: the job does not concern data of this user.
        Refused: `approval-invalid` when it does not verify or names another request, as when the
            joining does; `table-rebound` when the member has bound another table meanwhile, which
            ends the job.
        Conflict: the job is not waiting for an approval, or has another one of this party.
    """
    job, part = own_part(platform, user, job_id)
    party = part.party
    kept = platform.jobs.documents(job_id)
    if kept.find("approval", party) == approval_text:
        return _approved_by_all(platform, job, kept, now=now)
    approval = _read_own(platform, job, approval_text, part, now=now)
    check_approval(job, approval.record, now=now)
    documents = [Document("approval", approval_text, party)]
    documents += _joining(platform, job, party, join_text)
    by = _speaker(job, part, approval.signer)
    text = f"{by} approved the request."
    given = kept.joined(*documents)
    if given.has_all("approval", job.parties):
        approved = _advanced(job, given, now=now)
        event = JobEvent(job_id, now, approved.state, text)
        platform.jobs.save(approved, expected=job.state, event=event, documents=documents)
        return approved
    # Not longer than any approval holds.
    waiting = replace(job, deadline=min(job.deadline, approval.record.expires_at))
    event = JobEvent(job_id, now, "approval", text)
    kept = platform.jobs.save(waiting, expected="requested", event=event, documents=documents)
    return _approved_by_all(platform, waiting, kept, now=now)


def _speaker(job: Job, part: Part, signer: str) -> str:
    """Who speaks, for the timeline: of several owners each by their dataset, of a consortium's
    members by their organisation."""
    is_agent = signer == part.party
    if job.engine == "ciphertext" and len(job.parties) > 1:
        return f"The {'agent' if is_agent else 'owner'} of {', '.join(part.names)}"
    whose = "The owner" if job.engine == "ciphertext" else part.organisation
    return f"{whose}'s agent" if is_agent else whose


def _joining(platform: Platform, job: Job, party: str, text: str) -> list[Document]:
    """A member's joining of the session, verified; none for encrypted data (raises Refused)."""
    if job.engine == "ciphertext":
        if text:
            raise _invalid("approval", "it comes with a joining, and there is no session to join")
        return []
    agreement = agreement_of(platform, job)
    try:
        join = verify_join(agreement, job.job, job.request_hash or "", text)
    except CryptoError as error:
        raise _invalid("approval", str(error)) from error
    if join.party != party:
        raise _invalid("approval", f"the joining beside it is of {join.party[:16]}")
    return [Document("join", text, party)]


def _read_own(platform: Platform, job: Job, text: str, part: Part, *, now: int) -> Signed[Approval]:
    """A party's approval; one that names a binding newer than the job's ends the job."""
    try:
        return read_approval(text, part)
    except Refused:
        if _names_newer_binding(platform, job, text, part):
            rebound = Refused(
                "table-rebound",
                f"{part.organisation} has bound another table since the job was planned.",
                "Nothing was spent. Submit the job again.",
            )
            if not job.is_terminal:
                end_with(platform, job, rebound, now=now)
            raise rebound from None
        raise


def _names_newer_binding(platform: Platform, job: Job, text: str, part: Part) -> bool:
    if job.engine == "ciphertext":
        return False
    newest = consortium_of(platform, job).binding_of(part.party)
    try:
        approval = open_signed(Approval, text.encode())
    except CryptoError:
        return False
    if newest is None or approval.signer not in (part.party, part.owner_key):
        return False
    hashes = member_hashes(newest.record.agreement_hash, newest.record)
    return part.manifest_hashes != hashes == approval.record.manifest_hashes


def _approved_by_all(platform: Platform, job: Job, kept: Documents, *, now: int) -> Job:
    """The job one step on where the last approvals came at the same time, or a crash came between
    the last one and that step; else as it is."""
    if job.state != "requested" or not kept.has_all("approval", job.parties):
        return job
    approved = _advanced(job, kept, now=now)
    event = JobEvent(job.job, now, approved.state, "Every party has approved the request.")
    platform.jobs.save(approved, expected=job.state, event=event)
    return approved


def _advanced(job: Job, kept: Documents, *, now: int) -> Job:
    approvals = kept.by_party("approval").values()
    until = min(open_signed(Approval, text.encode()).record.expires_at for text in approvals)
    return advance(job, "approved", now=now, deadline=until)


def accept_refusal(
    platform: Platform, user: User, job_id: str, refusal_text: str, *, now: int
) -> Job:
    """End a job a party refused; the same refusal again changes nothing.

    Raises:
        NotFound: the job does not concern a dataset of this user.
        Refused: `refusal-invalid` when it does not verify or names another request.
        Conflict: the job has ended.
    """
    job, part = own_part(platform, user, job_id)
    party = part.party
    if platform.jobs.documents(job_id).find("refusal", party) == refusal_text:
        return job
    try:
        refusal = open_signed(Refusal, refusal_text.encode())
    except CryptoError as error:
        raise _invalid("refusal", str(error)) from error
    _check_signer("refusal", refusal.signer, part)
    record = refusal.record
    if record.job != job_id or record.request_hash != job.request_hash:
        raise _invalid("refusal", "it names another request")
    _check_party("refusal", refusal.record, part)
    # Of several who can refuse, its page says who did.
    who = f"{part.organisation} refused. " if len(job.parties) > 1 else ""
    return end_job(
        platform,
        job,
        "refused",
        End(record.code, f"{who}{record.message}", record.next_action),
        now=now,
        documents=[Document("refusal", refusal_text, party)],
    )


def read_approval(text: str, part: Part) -> Signed[Approval]:
    """An approval of a party by the agent or its owner, on its data (raises Refused)."""
    try:
        approval = open_signed(Approval, text.encode())
    except CryptoError as error:
        raise _invalid("approval", str(error)) from error
    _check_signer("approval", approval.signer, part)
    _check_party("approval", approval.record, part)
    return approval


def _check_signer(what: str, signer: str, part: Part) -> None:
    """That a yes or no is signed by the agent, or by its owner (raises Refused)."""
    # An owner's own hand counts where the same key signed all of the data.
    if signer not in (part.party, part.owner_key):
        raise _invalid(what, "it is signed by neither the owner nor their agent")


def _check_party(what: str, word: Approval | Refusal, part: Part) -> None:
    """That a yes or no speaks for the party, about its data (raises Refused)."""
    expected: dict[str, tuple[object, object]] = {
        "party": (word.party, part.party),
        "manifests": (word.manifest_hashes, part.manifest_hashes),
    }
    if found := first_difference(expected):
        raise _invalid(what, f"its {found}")


def check_approval(job: Job, approval: Approval, *, now: int) -> None:
    """That an approval answers this job's request, and still holds (raises Refused)."""
    if approval.job != job.job or approval.request_hash != job.request_hash:
        raise _invalid("approval", "it names another request")
    if now >= approval.expires_at:
        raise _invalid("approval", f"it held until {approval.expires_at}; it is {now}")


def _invalid(what: str, reason: str) -> Refused:
    return Refused(
        "approval-invalid" if what == "approval" else "refusal-invalid",
        f"The {what} was not accepted: {reason}.",
        "Make it again with the owner's installed client; the job goes on waiting.",
    )
