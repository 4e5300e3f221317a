"""Jobs in a dictionary."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from market.database.jobs.sql_jobs import job_differs, job_moved, no_job
from market.entities.job import Job, JobEvent, State


@dataclass
class MemoryJobs:
    jobs: dict[str, Job] = field(default_factory=dict)
    events: list[JobEvent] = field(default_factory=list)

    def add(self, job: Job) -> Job:
        stored = self.find_run(job.run)
        if stored is not None:
            return stored
        if job.job in self.jobs:
            raise job_differs(job)
        self.jobs[job.job] = job
        return job

    def get(self, job: str) -> Job:
        if job not in self.jobs:
            raise no_job(job)
        return self.jobs[job]

    def find_run(self, run: str) -> Job | None:
        return next((job for job in self.jobs.values() if job.run == run), None)

    def save(self, job: Job, *, expected: State, event: JobEvent) -> None:
        stored = self.get(job.job)
        if stored.state != expected:
            raise job_moved(stored, expected)
        self.jobs[job.job] = job
        self.events.append(event)

    def of_organisation(self, organisation: str) -> list[Job]:
        return self._oldest_first(j for j in self.jobs.values() if j.organisation == organisation)

    def of_datasets(self, datasets: Iterable[str], states: Iterable[State]) -> list[Job]:
        wanted, allowed = set(datasets), set(states)
        return self._oldest_first(
            j for j in self.jobs.values() if j.dataset in wanted and j.state in allowed
        )

    def in_states(self, states: Iterable[State]) -> list[Job]:
        allowed = set(states)
        return self._oldest_first(j for j in self.jobs.values() if j.state in allowed)

    def buyers_of_opening(self, opening: str, *, besides: str) -> frozenset[str]:
        return frozenset(
            job.buyer_key
            for job in self.jobs.values()
            if job.opening == opening and job.receipt is not None and job.job != besides
        )

    def note(self, event: JobEvent) -> None:
        self.get(event.job)
        self.events.append(event)

    def timeline(self, job: str) -> list[JobEvent]:
        return [event for event in self.events if event.job == job]

    def _oldest_first(self, jobs: Iterable[Job]) -> list[Job]:
        return sorted(jobs, key=lambda job: (job.created_at, job.job))
