"""The agent's sealed shares and receipt arrive: chain, debit, countersign, deliver.

A receipt is countersigned only at its place in the agent's chain. One that comes early waits for
those before it; one that forks the chain is kept as evidence beside the one it contradicts, is
neither countersigned nor charged, and ends its job: nothing of it is delivered.
"""

from __future__ import annotations

from dataclasses import replace

from crypto import canonical, parameters
from crypto.errors import CryptoError
from crypto.identity import PublicKey
from market import wire
from market.entities.documents import Document, Documents
from market.entities.job import End, Job, JobEvent, advance
from market.entities.job_states import BAD_ENDS
from market.entities.people import User
from market.errors import Conflict, Refused
from market.pricing.loss import loss_text
from market.records.delivery import Envelope, shares_digest
from market.records.first_difference import first_difference
from market.records.receipt import (
    Countersignature,
    CountersignedReceipt,
    Receipt,
    is_well_placed,
    receipted,
)
from market.records.signed import Signed, open_signed, record_hash, sign_record
from market.services.appoint_agent import require_appointed
from market.services.asked_datasets import Part, datasets_of, manifest_hashes
from market.services.authorize import own_part
from market.services.end_job import end_with
from market.services.evaluate_job import shares_of
from market.services.platform import Platform
from market.services.settle_release import settle_release


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
    ended and delivers nothing: the same question asked again costs no budget.

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
        return _released_by_all(platform, job, kept, now=now)
    for dataset in part.datasets:
        require_appointed(platform, dataset)
    envelope, receipt = _read(party, envelope_text, receipt_text)
    asked = manifest_hashes(datasets_of(platform, job))
    _check(job, part, kept, envelope, receipt.record, asked)
    if job.state in BAD_ENDS and kept.find("shares") is not None:
        return _accept_late(platform, job, part, receipt, kept, now=now)
    advance(job, "released", now=now, deadline=now)
    _chain(platform, job, receipt, now=now)
    settle_release(platform, job, part, receipt.record.rho_units, now=now)
    text = f"Receipt {receipt.record.receipt[:12]}: {_spent(part, receipt.record)}."
    given = (
        Document("envelope", envelope_text, party),
        Document("receipt", _countersign(platform, receipt, now=now), party),
    )
    try:
        return _save(platform, job, kept, given, text, now=now)
    except Conflict:
        if not platform.jobs.get(job_id).is_terminal:
            raise
        # It ended between reading and saving: then this release is a late one, or a second one.
        return accept_release(platform, user, job_id, envelope_text, receipt_text, now=now)


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
    return _released_by_all(platform, job, kept, now=now)


def _released_by_all(platform: Platform, job: Job, kept: Documents, *, now: int) -> Job:
    """The job one step on where the last releases came at the same time, or a crash came between
    the last one and that step; else as it is."""
    if job.state != "evaluated" or not kept.has_all("envelope", job.parties):
        return job
    released = advance(job, "released", now=now, deadline=now)
    event = JobEvent(job.job, now, released.state, "Every party has released its shares.")
    platform.jobs.save(released, expected=job.state, event=event)
    return released


def _accept_late(
    platform: Platform,
    job: Job,
    part: Part,
    signed: Signed[Receipt],
    kept: Documents,
    *,
    now: int,
) -> Job:
    if (known := kept.find("receipt", part.party)) is not None:
        if agents_receipt(known) != signed.encode().decode():
            raise _has_another(job)
        return job
    _chain(platform, job, signed, now=now)
    receipt = signed.record
    settle_release(platform, job, part, receipt.rho_units, now=now)
    text = f"Receipt {receipt.receipt[:12]} came after the end: {_spent(part, receipt)}."
    told = replace(job, end=_end_told(job.end, text))
    event = JobEvent(job.job, now, "late-release", text)
    countersigned = Document("receipt", _countersign(platform, signed, now=now), part.party)
    platform.jobs.save(told, expected=job.state, event=event, documents=[countersigned])
    return told


def _end_told(end: End | None, text: str) -> End:
    before = end or End("late-release", "", "")
    return replace(
        before,
        message=f"{before.message} {text}".strip(),
        next_action="Submit the job again: the same question costs no further budget.",
    )


def _chain(platform: Platform, job: Job, receipt: Signed[Receipt], *, now: int) -> None:
    try:
        platform.receipts.append(receipt, now=now)
    except Conflict as forked:
        if not job.is_terminal:
            end_with(platform, job, _not_delivered(forked), now=now)
        raise


def _not_delivered(forked: Conflict) -> Conflict:
    return Conflict(
        forked.code,
        f"The owner's agent answered out of its chain: {forked.message}",
        "Nothing was delivered. Write to the dataset's owner, whose agent has to be restored.",
    )


def _read(party: str, envelope_text: str, receipt_text: str) -> tuple[Envelope, Signed[Receipt]]:
    try:
        return (
            open_signed(Envelope, envelope_text.encode(), signer=party).record,
            open_signed(Receipt, receipt_text.encode(), signer=party),
        )
    except CryptoError as error:
        raise _invalid(str(error)) from error


def _check(
    job: Job,
    part: Part,
    kept: Documents,
    envelope: Envelope,
    receipt: Receipt,
    asked: tuple[str, ...],
) -> None:
    """That a party's envelope and receipt fit the job, whose manifests are `asked`, and its data
    (raises Refused)."""
    header = envelope.header
    answered = tuple(map(receipted, part.manifests, part.manifest_hashes))
    expected: dict[str, tuple[object, object]] = {
        "receipt": (header.receipt, receipt.receipt),
        "job": (header.job, job.job),
        "request": (header.request_hash, job.request_hash),
        "plan": (header.plan_hash, job.plan_hash),
        "manifests": (header.manifest_hashes, asked),
        "receipt's datasets": (receipt.datasets, answered),
        "receipt's request": (receipt.request_hash, job.request_hash),
        "receipt's envelope": (receipt.envelope_hash, record_hash(envelope)),
        "receipt's buyer": (receipt.buyer, PublicKey.parse(job.buyer_key).fingerprint()),
    }
    if shares := shares_of(kept):
        # Delivered together they would contradict each other under this platform's signature.
        own = shares_digest(shares, parameters.by_name(part.manifests[0].parameters))
        expected["platform's shares"] = (header.platform_digest, own)
    if not is_well_placed(receipt):
        raise _invalid(f"its receipt {receipt.sequence} follows {receipt.previous:.16}")
    if found := first_difference(expected):
        raise _invalid(f"its {found}")
    if receipt.rho_units not in (0, job.rho_units):
        price = loss_text(job.rho_units, part.delta)
        raise _invalid(f"{_spent(part, receipt)}, expected nothing or {price}")


def _spent(part: Part, receipt: Receipt) -> str:
    return f"{loss_text(receipt.rho_units, part.delta) if receipt.rho_units else 'nothing'} spent"


def _countersign(platform: Platform, receipt: Signed[Receipt], *, now: int) -> str:
    word = Countersignature(record_hash(receipt.record), receipt.record.envelope_hash, now)
    signed = sign_record(platform.identity, word)
    both = CountersignedReceipt(receipt.encode().decode(), signed.encode().decode())
    return canonical.dumps(wire.to_json(both)).decode()


def agents_receipt(countersigned: str) -> str:
    """The receipt as the agent signed it, out of what the platform keeps."""
    return wire.from_json(CountersignedReceipt, canonical.loads(countersigned.encode())).receipt


def _has_another(job: Job) -> Conflict:
    return Conflict(
        "job-state",
        f"Job {job.job} has another receipt.",
        "One request has one receipt: compare the agent's store with this portal.",
    )


def _invalid(reason: str) -> Refused:
    return Refused(
        "release-invalid",
        f"The release was not accepted: {reason}.",
        "The agent sends it again; if this repeats, compare the agent's store with this portal.",
    )
