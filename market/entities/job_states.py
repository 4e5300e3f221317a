"""What is known of each state of a job: one table. All else about states is derived from it.

    FACTS     by state
    WAY       the states of a job that goes well, in order
    TERMINAL  where nothing happens any more
    UNAPPROVED, AGENT_STATES    by what may happen there

A job that a rule, a defect, time or its buyer ended is `refused`, `failed`, `expired`, `cancelled`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

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
BadEnd = Literal["refused", "failed", "expired", "cancelled"]
AgentState = Literal["requested", "evaluated"]
"""Where the owner's agent, or the owner by hand, has something to say."""
Tone = Literal["going", "waiting", "good", "bad", "over"]
AirflowWait = Literal["await_signatures", "await_release"]
Reply = Literal["approval", "release", "refusal"]

STATES: Final[tuple[State, ...]] = get_args(State)
BAD_ENDS: Final[tuple[BadEnd, ...]] = get_args(BadEnd)


NOTHING_SPENT: Final = "Nothing was spent. Submit the job again."


@dataclass(frozen=True, slots=True)
class Expiry:
    """What a job ends with when nobody came in time."""

    code: str
    message: str
    next_action: str


@dataclass(frozen=True, slots=True)
class WaitsFor:
    """Whom a running job waits for. `command`, where not empty, does it; `{job}` is the job."""

    who: Literal["buyer", "owner", "agent", "platform"]
    title: str
    text: str
    command: str = ""


@dataclass(frozen=True, slots=True)
class InboxLine:
    """What stands in an inbox while a job is in a state; `{job}`, `{dataset}`, `{organisation}`."""

    who: Literal["buyer", "owner"]
    kind: Literal["sign", "approve", "open"]
    text: str
    command: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Of one state.

    Attributes:
        title: on a timeline, when it was reached; `label`, `tone`: on lists, while it lasts.
        advice: what a person at the terminal is told comes next.
        next: the state that follows when all goes well.
        expiry: what ends a job whose deadline passes here; `at_deadline` says it on pages.
        waits_for: whom it waits for; `by_hand`: under a policy of approval by hand.
        inbox: the line for its buyer, or for the owner who approves by hand.
        goes_on: the run's wait in Airflow that reaching this state ends well.
        breaks_off: the run's wait in Airflow that a bad end in this state breaks off.
        given: the document that each party gives so that a job here goes on.
        replies: what the owner's agent may send while a job is here.
        usual_seconds: how long jobs are here at most when all is well; `when_late`: what an
            operator does about one that is here for longer. Neither stands where a job ends.
        is_unapproved: no party is bound yet, so its buyer, or the owner, may end it for nothing.
        needs_run: without its run in Airflow a job here comes no further.
        is_session: the parties compute with one another, so they may connect.
    """

    title: str
    label: str
    tone: Tone
    advice: str = "Nothing more."
    next: State | None = None
    expiry: Expiry | None = None
    at_deadline: str = "then the job expires and nothing is spent"
    waits_for: WaitsFor | None = None
    by_hand: WaitsFor | None = None
    inbox: InboxLine | None = None
    goes_on: AirflowWait | None = None
    breaks_off: AirflowWait | None = None
    given: Literal["approval", "envelope"] | None = None
    replies: tuple[Reply, ...] = ()
    usual_seconds: int = 0
    when_late: str = ""
    is_unapproved: bool = False
    needs_run: bool = False
    is_session: bool = False


FACTS: Final[dict[State, Facts]] = {
    "submitted": Facts(
        title="Submitted",
        label="planning",
        tone="going",
        advice="The plan is being built: market job wait {job} --until planned",
        next="planned",
        expiry=Expiry(
            "plan-timeout",
            "The plan was not built in time.",
            NOTHING_SPENT,
        ),
        waits_for=WaitsFor(
            "platform",
            "Building the plan",
            "The commit is fetched and its plan built twice, without network and without data.",
        ),
        is_unapproved=True,
        needs_run=True,
        usual_seconds=10 * 60,
        when_late="Look at the job's run in Airflow: if no task of it runs, see whether the "
        "scheduler and the dag-processor are well; if one does, read that task's log.",
    ),
    "planned": Facts(
        title="Planned and priced",
        label="waits for signature",
        tone="waiting",
        advice="Sign it: market sign {job}",
        next="requested",
        expiry=Expiry(
            "request-timeout", "The buyer's signed request did not come in time.", NOTHING_SPENT
        ),
        waits_for=WaitsFor(
            "buyer",
            "Waits for the buyer's signature",
            "The buyer's client builds the plan again, compares, and signs it. Without this "
            "signature nothing is computed.",
            "market sign {job}",
        ),
        inbox=InboxLine(
            "buyer",
            "sign",
            "Job on {dataset} is priced and waits for your signature.",
            "market sign {job}",
        ),
        breaks_off="await_signatures",
        is_unapproved=True,
        needs_run=True,
        usual_seconds=8 * 3_600,
        when_late="Nothing is wrong with the platform. Remind the buyer, or let the job expire.",
    ),
    "requested": Facts(
        title="Signed by the buyer",
        label="waits for approval",
        tone="waiting",
        advice="The owner or their agent approves.",
        next="approved",
        expiry=Expiry(
            "approval-timeout", "The owner's approval did not come in time.", NOTHING_SPENT
        ),
        waits_for=WaitsFor(
            "agent",
            "Waits for the owner's agent",
            "The owner's agent checks the request against their policy and ledger.",
            "market agent run",
        ),
        by_hand=WaitsFor(
            "owner",
            "Waits for the owner",
            "The owner reads the plan and approves it on their own machine.",
            "market approve {job}",
        ),
        inbox=InboxLine(
            "owner",
            "approve",
            "{organisation} signed a request on {dataset}.",
            "market approve {job}",
        ),
        breaks_off="await_signatures",
        given="approval",
        replies=("approval", "refusal"),
        is_unapproved=True,
        needs_run=True,
        usual_seconds=3_600,
        when_late="See when the owner's agent was last here. Ask the owner to start it, or, where "
        "they approve by hand, to decide.",
    ),
    "approved": Facts(
        title="Approved by the owner",
        label="computing",
        tone="going",
        advice="It is being evaluated.",
        next="evaluated",
        expiry=Expiry(
            "evaluation-timeout",
            "The shares were not computed while the approval held.",
            NOTHING_SPENT,
        ),
        waits_for=WaitsFor(
            "platform",
            "Computing over ciphertext",
            "Spark adds and multiplies ciphertext. No key is there.",
        ),
        goes_on="await_signatures",
        breaks_off="await_signatures",
        needs_run=True,
        usual_seconds=30 * 60,
        when_late="Look at the job's run in Airflow and read the log of its task: it says what "
        "Spark or the object store lacks.",
    ),
    "evaluated": Facts(
        title="Computed over ciphertext",
        label="waits for release",
        tone="waiting",
        advice="The owner's agent releases.",
        next="released",
        expiry=Expiry(
            "release-timeout", "The owner's agent did not release in time.", NOTHING_SPENT
        ),
        at_deadline="then the job expires and nothing opens",
        waits_for=WaitsFor(
            "agent",
            "Waits for the owner's agent to release",
            "The owner's agent derives the noise, computes its share, and seals it to the buyer. "
            "It answers in fixed time slots.",
            "market agent run",
        ),
        breaks_off="await_release",
        given="envelope",
        replies=("release", "refusal"),
        usual_seconds=3_600,
        when_late="See when the owner's agent was last here, and ask the owner to start it: what "
        "was approved is charged when it releases, and only then.",
    ),
    "released": Facts(
        title="Released, sealed to the buyer",
        label="released",
        tone="good",
        advice="Open it: market result open {job}",
        inbox=InboxLine(
            "buyer", "open", "The result on {dataset} is sealed to you.", "market result open {job}"
        ),
        goes_on="await_release",
    ),
    "refused": Facts(title="Refused", label="refused", tone="bad"),
    "failed": Facts(title="Failed", label="failed", tone="bad"),
    "expired": Facts(title="Expired", label="expired", tone="bad"),
    "cancelled": Facts(title="Cancelled", label="cancelled", tone="over"),
}


def _way() -> tuple[State, ...]:
    way = [STATES[0]]
    while (following := FACTS[way[-1]].next) is not None:
        way.append(following)
    return tuple(way)


WAY: Final = _way()
TERMINAL: Final[frozenset[State]] = frozenset(s for s in STATES if FACTS[s].next is None)
UNAPPROVED: Final[tuple[State, ...]] = tuple(s for s in STATES if FACTS[s].is_unapproved)
OF_THE_RUN: Final[tuple[State, ...]] = tuple(s for s in STATES if FACTS[s].needs_run)
AGENT_STATES: Final[tuple[AgentState, ...]] = get_args(AgentState)


@dataclass(frozen=True, slots=True)
class Answer:
    """How a run's wait in Airflow is to end: `go_on`, or break the run off."""

    wait: AirflowWait
    go_on: bool


def answer_owed(before: State, after: State) -> Answer | None:
    """What Airflow is to be told when a job moves from one state to another."""
    if after in BAD_ENDS:
        wait = FACTS[before].breaks_off
        return Answer(wait, go_on=False) if wait else None
    reached = FACTS[after].goes_on
    return Answer(reached, go_on=True) if reached and before != after else None
