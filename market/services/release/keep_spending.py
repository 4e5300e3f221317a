"""An agent's receipt is its place in a chain, and a charge: kept whatever became of its job."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from market.entities.documents import Document, Documents
from market.entities.job import End, Job, JobEvent
from market.entities.job_states import BAD_ENDS
from market.errors import Conflict
from market.records.receipt import Receipt
from market.records.signed import Signed
from market.services.jobs.end_job import end_with
from market.services.platform import Platform
from market.services.release.release_documents import (
    agents_receipt,
    countersign,
    has_another_receipt,
    spent_words,
)
from market.services.release.settle_release import settle_release
from market.services.sources import Part

ABORTED: Final = "session-aborted"
"""How a job ends whose members broke their session off."""


def chain_and_settle(
    platform: Platform, job: Job, part: Part, receipt: Signed[Receipt], *, now: int
) -> None:
    """Append a receipt to its agent's chain, and charge what it says; idempotent.

    Raises:
        Conflict: `receipt-forked`, which ends the job. Unavailable: `receipt-early`.
    """
    try:
        platform.receipts.append(receipt, now=now)
    except Conflict as forked:
        if not job.is_terminal:
            end_with(platform, job, _not_delivered(forked), now=now)
        raise
    settle_release(platform, job, part, receipt.record, now=now)


def keep_late_receipt(
    platform: Platform,
    job: Job,
    part: Part,
    signed: Signed[Receipt],
    kept: Documents,
    *,
    now: int,
) -> Job:
    """Charge a receipt whose job has ended already, and keep it; nothing is delivered of it.

    Raises:
        Conflict: the job has another receipt of this party; `receipt-forked`.
    """
    if (known := kept.find("receipt", part.party)) is not None:
        if agents_receipt(known) != signed.encode().decode():
            raise has_another_receipt(job)
        return job
    chain_and_settle(platform, job, part, signed, now=now)
    receipt = signed.record
    text = f"Receipt {receipt.receipt[:12]} came after the end: {spent_words(receipt)}."
    told = replace(job, end=_end_told(job, text)) if job.state in BAD_ENDS else job
    event = JobEvent(job.job, now, "late-release", text)
    countersigned = Document("receipt", countersign(platform, signed, now=now), part.party)
    platform.jobs.save(told, expected=job.state, event=event, documents=[countersigned])
    return told


def _end_told(job: Job, text: str) -> End:
    before = job.end or End("late-release", "The job had ended.", "Submit it again.")
    if before.code == ABORTED:
        # Every member that was charged says so now, and what to do was said with the abort.
        return before
    # What was opened once is free the next time; members draw their noise anew in every run.
    again = (
        "Submit the job again: the same question costs no further budget."
        if job.engine == "ciphertext"
        else "Submit the job again; every run is charged."
    )
    return replace(before, message=f"{before.message} {text}".strip(), next_action=again)


def _not_delivered(forked: Conflict) -> Conflict:
    return Conflict(
        forked.code,
        f"The owner's agent answered out of its chain: {forked.message}",
        "Nothing was delivered. Write to the dataset's owner, whose agent has to be restored.",
    )
