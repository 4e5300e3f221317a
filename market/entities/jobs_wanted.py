"""Which jobs of a list somebody wants to see."""

from __future__ import annotations

from dataclasses import dataclass

from market.entities.job import Job
from market.entities.job_states import State


@dataclass(frozen=True, slots=True)
class JobsWanted:
    """What a job must be; an empty member asks nothing.

    Attributes:
        states: any of these.
        dataset: it asks this dataset or consortium.
        askers: ids of users and of organisations: its buyer, or their organisation, is one of
            them; None asks nothing, and an empty set finds nothing.
        since, until: unix seconds of its submission, both included.
        words: each stands in its id, its commit's hash or subject, or what it asks; lower case.
    """

    states: tuple[State, ...] = ()
    dataset: str = ""
    askers: frozenset[str] | None = None
    since: int | None = None
    until: int | None = None
    words: tuple[str, ...] = ()

    def admits(self, job: Job) -> bool:
        """Whether it is such a job."""
        asked = [one.dataset for one in job.datasets]
        text = "\n".join((job.job, job.commit, job.subject, *asked)).lower()
        return (
            (not self.states or job.state in self.states)
            and self.dataset in ("", *asked)
            and (self.askers is None or not self.askers.isdisjoint({job.buyer, job.organisation}))
            and (self.since is None or self.since <= job.created_at)
            and (self.until is None or job.created_at <= self.until)
            and all(word in text for word in self.words)
        )


ALL_JOBS = JobsWanted()
