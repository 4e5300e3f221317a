"""What a job's page says: one timeline, what the job waits for, its receipts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from crypto import canonical
from crypto.identity import PublicKey
from market import wire
from market.entities.documents import Documents
from market.entities.engines import Engine
from market.entities.job import Job, JobEvent
from market.entities.job_states import Tone, WaitsFor
from market.pages.timeline import Step, timeline_of
from market.records.receipt import CountersignedReceipt, Receipt
from market.records.signed import open_signed
from market.services.jobs.read_job import PartyAnswers, ReadJob
from market.services.release.deliver_result import is_released

_OPENED: Final[dict[Engine, str]] = {
    "ciphertext": "Read from the plan, in the {owners} names for the columns. Nothing else leaves "
    "the ciphertext.",
    "members": "Read from the plan, in the members’ names for the columns. Nothing else is opened, "
    "and this to the recipient alone.",
}


@dataclass(frozen=True, slots=True)
class AgentRow:
    """One party of a job: what it has given, and its receipt once there is one."""

    answer: PartyAnswers
    fingerprint: str
    receipt: Receipt | None


def timeline(job: Job, events: Sequence[JobEvent], now: WaitsFor | None) -> list[Step]:
    """Everything that happened, what the job waits for now, and the steps still to come."""
    return timeline_of(job.facts, job.state, events, now)


def wait(read: ReadJob) -> WaitsFor | None:
    """What a job waits for, any owner who approves by hand first; None once it has ended."""
    job = read.job
    facts = job.facts[job.state]
    waits_for = facts.by_hand if read.is_by_hand and facts.by_hand else facts.waits_for
    return waits_for and replace(waits_for, command=waits_for.command.format(job=job.job))


def opened_by(job: Job) -> str:
    """Whose names stand in the plan's words, and what else is opened: nothing."""
    return _OPENED[job.engine].format(owners="owners’" if len(job.datasets) > 1 else "owner’s")


def ending(job: Job) -> str:
    """What becomes of a running job that waits for too long."""
    return job.facts[job.state].at_deadline


def answer_of(job: Job) -> tuple[str, Tone]:
    """Where the answer to each of its statistics stands, and the tone of that."""
    if is_released(job):
        return "sealed", "good"
    if job.is_terminal:
        return "no answer", "over"
    return "not opened yet", "waiting"


def words_of(kept: Documents) -> str:
    """The stored plan in words; empty until there is one."""
    text = kept.find("words")
    return "" if text is None else str(canonical.loads(text.encode()))


def agents_of(read: ReadJob) -> list[AgentRow]:
    """The parties of a job; the signatures of their receipts are verified in reading."""
    return [
        AgentRow(
            answer,
            PublicKey.parse(answer.party).fingerprint(),
            _receipt(read.documents.find("receipt", answer.party), answer.party),
        )
        for answer in read.answers
    ]


def _receipt(countersigned: str | None, party: str) -> Receipt | None:
    if countersigned is None:
        return None
    both = wire.from_json(CountersignedReceipt, canonical.loads(countersigned.encode()))
    return open_signed(Receipt, both.receipt.encode(), signer=party).record
