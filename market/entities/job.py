"""The life of one job: a state machine without I/O; time is an argument.

    submitted ──plan──▶ planned ──request──▶ requested ──approval──▶ approved
                                                                        │ evaluate
                                              released ◀──release── evaluated

From every state that is not terminal a job may be refused (a rule said no), failed (a part broke),
expired (a wait ran out) or cancelled (the buyer said so). `released` is terminal: the platform is
never told whether the buyer opened their result.

planned     the plan is built, priced and its rho reserved; waits for the buyer's signed request
requested   waits for the owner's approval (their agent's, under policy, or their own)
approved    evaluation may start, and has to be done while the approval holds
evaluated   the platform's shares exist; waits for the agent's sealed shares
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from market.errors import Conflict

State = Literal[
    "submitted",
    "planned",
    "requested",
    "approved",
    "evaluated",
    "released",
    "refused",
    "failed",
    "expired",
    "cancelled",
]

NO_VERSION = 0
"""Version of a job that asked for a dataset which does not exist; it was refused at once."""

TERMINAL: frozenset[State] = frozenset({"released", "refused", "failed", "expired", "cancelled"})

_NEXT: dict[State, State] = {
    "submitted": "planned",
    "planned": "requested",
    "requested": "approved",
    "approved": "evaluated",
    "evaluated": "released",
}


@dataclass(frozen=True, slots=True)
class Job:
    """One job as the platform knows it. Documents are canonical JSON text, None until made.

    Attributes:
        run: the Airflow run that carries it, `dag_id/run_id`; unique.
        buyer: user id; `organisation` their organisation's id.
        version: of the dataset, or NO_VERSION.
        buyer_key: the public key (hex) their requests must be signed with.
        epsilon: what the form asked for, a decimal string; `rho_units` what it became.
        plan, quote: the plan and its price; trace: where each statistic was written.
        opening: identity of what it opens (market.pricing.opening).
        request, approval, envelope, receipt, refusal: signed documents as received.
        platform: the platform's shares b by output (market.records.delivery.Share list).
        code, message, next_action: why a job ended, empty while it runs.
        program_says: what the buyer's program left about that, in its own words; nobody else's.
        deadline: unix seconds at which the present wait ends.
    """

    job: str
    run: str
    organisation: str
    buyer: str
    buyer_key: str
    dataset: str
    version: int
    repository: str
    commit: str
    epsilon: str
    state: State
    created_at: int
    updated_at: int
    deadline: int
    rho_units: int = 0
    plan_hash: str | None = None
    plan: str | None = None
    trace: str | None = None
    quote: str | None = None
    opening: str | None = None
    request: str | None = None
    approval: str | None = None
    platform: str | None = None
    envelope: str | None = None
    receipt: str | None = None
    refusal: str | None = None
    code: str = ""
    message: str = ""
    next_action: str = ""
    program_says: str = ""

    @property
    def is_terminal(self) -> bool:
        return self.state in TERMINAL


def advance(job: Job, to: State, *, now: int, deadline: int) -> Job:
    """The job one step further on its way.

    Raises:
        Conflict: the job is not in the state that step starts from.
    """
    if _NEXT.get(job.state) != to:
        raise Conflict(
            "job-state",
            f"Job {job.job} is {job.state}; it cannot become {to}.",
            "Look at the job's timeline: this step was made already, or the job has ended.",
        )
    return replace(job, state=to, updated_at=now, deadline=deadline)


def end(
    job: Job,
    state: Literal["refused", "failed", "expired", "cancelled"],
    *,
    code: str,
    message: str,
    next_action: str,
    now: int,
    program_says: str = "",
) -> Job:
    """The job ended with a code and the next action.

    Raises:
        Conflict: it had ended already.
    """
    if job.is_terminal:
        raise Conflict(
            "job-state",
            f"Job {job.job} has already ended as {job.state}.",
            "Nothing is left to do for it.",
        )
    return replace(
        job,
        state=state,
        code=code,
        message=message,
        next_action=next_action,
        program_says=program_says,
        updated_at=now,
        deadline=now,
    )


@dataclass(frozen=True, slots=True)
class JobEvent:
    """One line of a job's timeline."""

    job: str
    at: int
    step: str
    text: str
