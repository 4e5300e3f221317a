"""What an operator looks after, on one page: what waits too long, who is gone, what is amiss.

Its cost grows with datasets, owners and agents, and not with the jobs that ever ran.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from market.entities.job import Job
from market.entities.job_states import FACTS, STATES, TERMINAL, State
from market.entities.overview import AgentSeen, Part, Stored, Trouble, Version
from market.entities.people import Names, Operator, User
from market.entities.queues import Ends, Queue
from market.entities.retention import Expendable, Freed
from market.policy.budget.accounts import people_accounts
from market.policy.budget.burn import mark_passed
from market.services.authorize import require_administrator
from market.services.operation.keep_house import LEASE
from market.services.operation.read_operation import read_operation
from market.services.platform import Platform
from market.services.read_names import names_of

LATE_SHOWN: Final = 20
"""Jobs that are shown of each state."""
FREED_SECONDS: Final = 30 * 24 * 3_600


@dataclass(frozen=True, slots=True)
class LateJob:
    """A job that has been in its state for longer than usual.

    Attributes:
        code: what it ends with if nobody does anything.
        since, deadline: when it came to its state, and when it ends there (unix seconds).
        waits_for: whom or what it waits for; `next_action` is the operator's.
    """

    job: str
    state: State
    code: str
    since: int
    deadline: int
    waits_for: str
    next_action: str


@dataclass(frozen=True, slots=True)
class Burn:
    """How far the budget of the people in a dataset is used up: the highest mark it has passed
    (market.policy.budget.burn), of `in_all_units` (rho units), which everybody may know."""

    dataset: str
    owner: str
    mark_percent: int
    in_all_units: int


@dataclass(frozen=True, slots=True)
class Overview:
    """All of it, at the time `at` (unix seconds).

    Attributes:
        queues: in the order of a job's way. ends: of the last hour.
        late: those first that have waited longest; at most `LATE_SHOWN` of each state.
        runs_owed: jobs whose run Airflow has not taken yet.
        answers_owed: waits that Airflow has not been told the end of.
        leader: the process that does the housekeeping; empty for none.
        troubles: the last of each of its duties.
        burns: listed and paused datasets, the fullest first.
        due: versions whose ciphertext is deleted next, since nobody needs it; `freed` says how
            much was within 30 days.
        names: of the owners that are told of.
    """

    at: int
    queues: tuple[Queue, ...]
    ends: tuple[Ends, ...]
    late: tuple[LateJob, ...]
    runs_owed: int
    answers_owed: int
    leader: str
    troubles: tuple[Trouble, ...]
    parts: tuple[Part, ...]
    agents: tuple[AgentSeen, ...]
    burns: tuple[Burn, ...]
    stored: tuple[Stored, ...]
    due: tuple[Expendable, ...]
    freed: Freed
    versions: tuple[Version, ...]
    names: Names


def oversee(platform: Platform, by: User | Operator, *, now: int) -> Overview:
    """The overview of this moment.

    Raises:
        NotPermitted: `by` is not an administrator. Unavailable: the database does not answer.
    """
    require_administrator(by)
    operation = read_operation(platform, by, now=now)
    agents, stored = platform.people.agents_seen(), platform.catalogue.stored()
    return Overview(
        at=now,
        queues=operation.queues,
        ends=operation.ends,
        late=_late(platform, now),
        runs_owed=operation.runs_owed,
        answers_owed=operation.answers_owed,
        leader=platform.leases.holder(LEASE, now=now),
        troubles=tuple(platform.troubles.known()),
        parts=platform.installation.parts(),
        agents=tuple(agents),
        burns=_burns(platform),
        stored=tuple(stored),
        due=operation.due,
        freed=platform.retention.freed(since=now - FREED_SECONDS),
        versions=platform.installation.versions(),
        names=names_of(
            platform, users=[*(one.owner for one in agents), *(one.owner for one in stored)]
        ),
    )


def look_at_parts(platform: Platform, by: User | Operator) -> tuple[Part, ...]:
    """What the platform needs beside its database, asked now (raises NotPermitted)."""
    require_administrator(by)
    return platform.installation.parts()


def _late(platform: Platform, now: int) -> tuple[LateJob, ...]:
    found = [
        late_job(job)
        for state in STATES
        if state not in TERMINAL
        for job in platform.jobs.lasting(
            state, since=now - FACTS[state].usual_seconds, limit=LATE_SHOWN
        )
    ]
    return tuple(sorted(found, key=lambda late: (late.since, late.job)))


def late_job(job: Job) -> LateJob:
    """What an operator is told of a job under way: pure."""
    facts = job.facts[job.state]
    return LateJob(
        job=job.job,
        state=job.state,
        code=facts.expiry.code if facts.expiry else "",
        since=job.updated_at,
        deadline=job.deadline,
        waits_for=facts.waits_for.title if facts.waits_for else "",
        next_action=facts.when_late,
    )


def _burns(platform: Platform) -> tuple[Burn, ...]:
    kept = {balance.account: balance for balance in platform.catalogue.budgets()}
    burns = []
    for table in platform.catalogue.people():
        balances = [kept[account] for account in people_accounts(table)]
        mark_percent = max(map(mark_passed, balances))
        in_all_units = min(balance.cap_units for balance in balances)
        burns.append(Burn(table.dataset, table.owner, mark_percent, in_all_units))
    return tuple(sorted(burns, key=lambda burn: (-burn.mark_percent, burn.dataset)))
