"""Jobs in dictionaries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from market.database.jobs.errors import document_differs, job_differs, job_moved, no_job
from market.entities.documents import Document, Documents
from market.entities.job import Earned, Job, JobEvent, OwedAnswer, OwedRun, Place
from market.entities.job_states import (
    BAD_ENDS,
    STATES,
    TERMINAL,
    WAY,
    AirflowWait,
    State,
    answer_owed,
)
from market.entities.jobs_wanted import ALL_JOBS, JobsWanted
from market.entities.limits import JobsAdmitted, JobsTaken
from market.entities.queues import Ends, Queue
from market.policy.operation.limits import TURNED_AWAY, refuse_more_jobs


@dataclass
class MemoryJobs:
    jobs: dict[str, Job] = field(default_factory=dict)
    kept: dict[str, Documents] = field(default_factory=dict)
    owed: dict[tuple[str, AirflowWait], OwedAnswer] = field(default_factory=dict)
    runs: dict[str, OwedRun] = field(default_factory=dict)
    events: list[JobEvent] = field(default_factory=list)

    def add(
        self, job: Job, *, within: JobsAdmitted | None = None, run_owed_to: str | None = None
    ) -> Job:
        stored = self.find_run(job.run)
        if stored is not None:
            return stored
        if within is not None:
            taken = self.taken(job.organisation, since=within.day_began)
            refuse_more_jobs(job.organisation, within, taken)
        if job.job in self.jobs:
            raise job_differs(job)
        self.jobs[job.job] = job
        if run_owed_to is not None:
            self.runs[job.job] = OwedRun(job.job, run_owed_to, job.created_at)
        return job

    def taken(self, organisation: str, *, since: int) -> JobsTaken:
        own = [job for job in self.jobs.values() if job.organisation == organisation]
        lately = [
            job.created_at
            for job in own
            if job.created_at > since and (job.end is None or job.end.code not in TURNED_AWAY)
        ]
        return JobsTaken(
            sum(not job.is_terminal for job in own), len(lately), min(lately, default=None)
        )

    def get(self, job: str) -> Job:
        if job not in self.jobs:
            raise no_job(job)
        return self.jobs[job]

    def find_run(self, run: str) -> Job | None:
        return next((job for job in self.jobs.values() if job.run == run), None)

    def save(
        self, job: Job, *, expected: State, event: JobEvent, documents: Iterable[Document] = ()
    ) -> Documents:
        stored = self.get(job.job)
        if stored.state != expected:
            raise job_moved(stored, expected)
        kept = self.documents(job.job)
        for document in documents:
            if kept.find(document.kind, document.party) not in (None, document.text):
                raise document_differs(job.job, document)
            kept = kept.joined(document)
        self.jobs[job.job] = job
        self.kept[job.job] = kept
        if (answer := answer_owed(expected, job.state)) is not None:
            owed = OwedAnswer(job.job, job.run, answer, job.updated_at)
            self.owed[job.job, answer.wait] = owed
        self.events.append(event)
        return self.documents(job.job)

    def documents(self, job: str) -> Documents:
        kept = self.kept.get(job, Documents()).kept
        return Documents(tuple(sorted(kept, key=lambda each: (each.kind, each.party))))

    def page_of_organisation(
        self,
        organisation: str,
        *,
        after: Place | None,
        limit: int,
        wanted: JobsWanted = ALL_JOBS,
    ) -> list[Job]:
        own = (job for job in self.jobs.values() if job.organisation == organisation)
        return _page(filter(wanted.admits, own), after)[:limit]

    def page_of_datasets(
        self,
        datasets: Iterable[str],
        *,
        after: Place | None,
        limit: int,
        wanted: JobsWanted = ALL_JOBS,
    ) -> list[Job]:
        names = set(datasets)
        on_these = (job for job in self.jobs.values() if _asks(job, names))
        return _page(filter(wanted.admits, on_these), after)[:limit]

    def earned(self, dataset: str) -> Earned:
        released = [
            job for job in self.jobs.values() if _asks(job, {dataset}) and job.state == WAY[-1]
        ]
        prices = [
            price
            for job in released
            for asked, price in zip(job.datasets, job.prices_cents, strict=False)
            if asked.dataset == dataset
        ]
        return Earned(len(released), sum(prices))

    def of_datasets(self, datasets: Iterable[str], states: Iterable[State]) -> list[Job]:
        wanted, allowed = set(datasets), set(states)
        return _oldest_first(
            j for j in self.jobs.values() if _asks(j, wanted) and j.state in allowed
        )

    def of_buyer(self, buyer: str, state: State, *, limit: int) -> list[Job]:
        found = [j for j in self.jobs.values() if (j.buyer, j.state) == (buyer, state)]
        return sorted(found, key=lambda job: (-job.updated_at, job.job))[:limit]

    def due(self, *, now: int, limit: int) -> list[Job]:
        found = [j for j in self.jobs.values() if not j.is_terminal and j.deadline <= now]
        return sorted(found, key=lambda job: (job.deadline, job.job))[:limit]

    def resting(self, states: Iterable[State], *, since: int, after: str, limit: int) -> list[Job]:
        allowed = set(states)
        found = [
            job
            for job in self.jobs.values()
            if job.state in allowed and job.updated_at <= since and job.job > after
        ]
        return sorted(found, key=lambda job: job.job)[:limit]

    def lasting(self, state: State, *, since: int, limit: int) -> list[Job]:
        found = [j for j in self.jobs.values() if j.state == state and j.updated_at <= since]
        return sorted(found, key=lambda job: (job.updated_at, job.job))[:limit]

    def ended_badly(self, jobs: Iterable[str]) -> list[Job]:
        found = (self.jobs[job] for job in jobs if job in self.jobs)
        return _oldest_first(job for job in found if job.state in BAD_ENDS)

    def of_requests(self, request_hashes: Iterable[str]) -> dict[str, str]:
        wanted = set(request_hashes)
        return {
            job.request_hash: job.job
            for job in self.jobs.values()
            if job.request_hash is not None and job.request_hash in wanted
        }

    def queues(self) -> list[Queue]:
        found = {
            state: [job.updated_at for job in self.jobs.values() if job.state == state]
            for state in STATES
            if state not in TERMINAL
        }
        return [Queue(state, len(since), min(since)) for state, since in found.items() if since]

    def ends_since(self, since: int) -> list[Ends]:
        found = Counter(
            (STATES.index(job.state), job.end.code if job.end else "")
            for job in self.jobs.values()
            if job.is_terminal and job.updated_at >= since
        )
        return [Ends(STATES[place], code, found[place, code]) for place, code in sorted(found)]

    def answers_owed(self) -> list[OwedAnswer]:
        return sorted(self.owed.values(), key=lambda o: (o.since, o.job, o.answer.wait))

    def answer_given(self, answer: OwedAnswer) -> None:
        key = (answer.job, answer.answer.wait)
        if key in self.owed and self.owed[key].answer == answer.answer:
            del self.owed[key]

    def runs_owed(self) -> list[OwedRun]:
        return sorted(self.runs.values(), key=lambda owed: (owed.since, owed.job))

    def run_taken(self, job: str) -> None:
        self.runs.pop(job, None)

    def note(self, event: JobEvent) -> None:
        self.get(event.job)
        self.events.append(event)

    def timeline(self, job: str) -> list[JobEvent]:
        return [event for event in self.events if event.job == job]


def _asks(job: Job, datasets: set[str]) -> bool:
    return any(asked.dataset in datasets for asked in job.datasets)


def _oldest_first(jobs: Iterable[Job]) -> list[Job]:
    return sorted(jobs, key=lambda job: (job.created_at, job.job))


def _page(jobs: Iterable[Job], after: Place | None) -> list[Job]:
    """Newest first, from behind `after`."""
    found = _oldest_first(jobs)[::-1]
    if after is None:
        return found
    place = (after.created_at, after.job)
    return [job for job in found if (job.created_at, job.job) < place]
