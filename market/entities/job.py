"""The life of one job: a state machine without I/O; time is an argument.

    submitted ──plan──▶ planned ──request──▶ requested ──approval──▶ approved
                                                                        │ evaluate
                                              released ◀──release── evaluated

From every state that is not terminal a job may be refused (a rule said no), failed (a part broke),
expired (a wait ran out) or cancelled (the buyer said so). `released` is terminal: the platform is
never told whether the buyer opened their result.

planned     the plan is built, priced and its rho reserved; waits for the buyer's signed request
requested   waits for the approval of every party (an agent's, under policy, or its owner's own)
approved    evaluation may start, and has to be done while every approval holds
evaluated   the platform's shares exist, or the members' session is sealed; waits for the sealed
            shares of every party

What is known of each state stands in market.entities.job_states, and in market.entities.engines
what differs of it by who answers; what a job carries, in market.entities.documents.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from market.entities.engines import Engine, facts_of
from market.entities.job_states import FACTS, TERMINAL, Answer, BadEnd, Facts, State
from market.errors import Conflict

NO_VERSION: Final = 0
"""Version of a job that asked for a dataset which does not exist; it was refused at once."""


@dataclass(frozen=True, slots=True)
class AskedDataset:
    """A dataset a job asks, or a consortium; `version` is the newest at submission, of a consortium
    the number of its agreement, or NO_VERSION. `edition` is that version's newest listing then."""

    dataset: str
    version: int
    edition: int = 1


@dataclass(frozen=True, slots=True)
class End:
    """Why a job ended badly, and what to do about it.

    `program_says` is what the buyer's program left about that, in its own words; nobody else's.
    """

    code: str
    message: str
    next_action: str
    program_says: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """One job as the platform knows it: who asks what, and how far it has come.

    Attributes:
        run: the Airflow run that carries it, `dag_id/run_id`; unique.
        buyer: user id of whom the answer is for; `organisation` their organisation's id.
        buyer_key: the public key (hex) their requests must be signed with.
        datasets: what it asks, in the order of the plan.
        parties: public keys (hex) of the agents whose approval and release it needs, in order;
            none for a dataset that does not exist.
        epsilon: what the form asked for, a decimal string; `rho_units` what it became.
        engine: who answers it; `is_verified`: whether members verify each other's arithmetic.
        subject: the first line of the commit's message, a stranger's words; empty before the plan.
        statistics: what the plan asks, in few words: `2 means, 1 histogram`.
        prices_cents: what each of `datasets` costs, in their order; none before the plan.
        request_hash: of the buyer's request, once it was verified and kept.
        end: why it ended; None while it runs, and when it was released.
        deadline: unix seconds at which the present wait ends.
    """

    job: str
    run: str
    organisation: str
    buyer: str
    buyer_key: str
    datasets: tuple[AskedDataset, ...]
    parties: tuple[str, ...]
    repository: str
    commit: str
    epsilon: str
    state: State
    created_at: int
    updated_at: int
    deadline: int
    engine: Engine = "ciphertext"
    is_verified: bool = False
    rho_units: int = 0
    plan_hash: str | None = None
    request_hash: str | None = None
    subject: str = ""
    statistics: str = ""
    prices_cents: tuple[int, ...] = ()
    end: End | None = None

    @property
    def price_cents(self) -> int:
        """Of all it asks."""
        return sum(self.prices_cents)

    @property
    def is_terminal(self) -> bool:
        return self.state in TERMINAL

    @property
    def facts(self) -> Mapping[State, Facts]:
        """What is known of each of its states, by who answers it."""
        return facts_of(self.engine, len(self.datasets))


@dataclass(frozen=True, slots=True)
class JobEvent:
    """One line of a job's timeline. `step` is the state reached, or the name of a note."""

    job: str
    at: int
    step: str
    text: str


@dataclass(frozen=True, slots=True)
class Earned:
    """What the released jobs on a dataset came to: how many, and their prices together."""

    jobs: int
    cents: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of jobs, newest first, goes on: after this job."""

    created_at: int
    job: str


@dataclass(frozen=True, slots=True)
class OwedAnswer:
    """What Airflow is still to be told of a job's run: how a wait of it ends.

    `since` is when it became due, unix seconds.
    """

    job: str
    run: str
    answer: Answer
    since: int


@dataclass(frozen=True, slots=True)
class OwedRun:
    """A job whose run Airflow has not taken yet, and the user on whose behalf it starts.

    `since` is when the job was submitted, unix seconds.
    """

    job: str
    user: str
    since: int


def advance(job: Job, to: State, *, now: int, deadline: int) -> Job:
    """The job one step further on its way, at unix seconds `now`.

    Raises:
        Conflict: the job is not in the state that step starts from.
    """
    if FACTS[job.state].next != to:
        raise Conflict(
            "job-state",
            f"Job {job.job} is {job.state}; it cannot become {to}.",
            "Look at the job's timeline: this step was made already, or the job has ended.",
        )
    return replace(job, state=to, updated_at=now, deadline=deadline)


def end(job: Job, state: BadEnd, why: End, *, now: int) -> Job:
    """The job, ended at unix seconds `now`.

    Raises:
        Conflict: it had ended already.
    """
    if job.is_terminal:
        raise Conflict(
            "job-state",
            f"Job {job.job} has already ended as {job.state}.",
            "Nothing is left to do for it.",
        )
    return replace(job, state=state, end=why, updated_at=now, deadline=now)
