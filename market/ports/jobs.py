"""Where jobs live."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from market.entities.documents import Document, Documents
from market.entities.job import Earned, Job, JobEvent, OwedAnswer, OwedRun, Place
from market.entities.job_states import State
from market.entities.jobs_wanted import ALL_JOBS, JobsWanted
from market.entities.limits import JobsAdmitted, JobsTaken
from market.entities.queues import Ends, Queue


class Jobs(Protocol):
    """Jobs, what they carry, their timelines, and what Airflow is still to be told of them.

    Every list is bounded: by a limit, by the jobs under way, or by what it is asked for.
    """

    def add(
        self, job: Job, *, within: JobsAdmitted | None = None, run_owed_to: str | None = None
    ) -> Job:
        """Store a new job; if its run is known already, return the stored one unchanged.

        Args:
            within: what its organisation may have; of jobs added at once no more get in.
            run_owed_to: the user on whose behalf its run is still to be started (`runs_owed`).

        Raises:
            Conflict: `job-exists`: the id belongs to another run.
            TooMany: `too-many-jobs-under-way`, `too-many-jobs-a-day`.
        """

    def taken(self, organisation: str, *, since: int) -> JobsTaken:
        """What an organisation has under way, and has submitted after `since` (unix seconds)."""

    def get(self, job: str) -> Job:
        """A job by its id.

        Raises:
            NotFound: `no-job`.
        """

    def find_run(self, run: str) -> Job | None:
        """The job of an Airflow run (`dag_id/run_id`), None where there is none."""

    def save(
        self, job: Job, *, expected: State, event: JobEvent, documents: Iterable[Document] = ()
    ) -> Documents:
        """Replace the job, keep new documents, append the event: one transaction, compare-and-set.

        A document that is there already changes nothing. Where the move ends a wait of the run,
        the answer is owed from now on (`answers_owed`). Of two that save at the same time, the
        later one is given the documents of both.

        Returns:
            All documents of the job.

        Raises:
            Conflict: `job-state`: the stored job is not in the `expected` state;
                `document-differs`: another document of this kind and party is there.
            NotFound: `no-job`.
        """

    def documents(self, job: str) -> Documents:
        """What a job carries; nothing for a job there is not."""

    def page_of_organisation(
        self,
        organisation: str,
        *,
        after: Place | None,
        limit: int,
        wanted: JobsWanted = ALL_JOBS,
    ) -> list[Job]:
        """The jobs of a buyer's organisation that are wanted, newest first, from behind the place
        `after`."""

    def page_of_datasets(
        self,
        datasets: Iterable[str],
        *,
        after: Place | None,
        limit: int,
        wanted: JobsWanted = ALL_JOBS,
    ) -> list[Job]:
        """The jobs that ask any of these datasets and are wanted, newest first, from behind
        `after`."""

    def earned(self, dataset: str) -> Earned:
        """What the released jobs on a dataset came to."""

    def of_datasets(self, datasets: Iterable[str], states: Iterable[State]) -> list[Job]:
        """The jobs under way that ask any of these datasets, in these states, oldest first."""

    def of_buyer(self, buyer: str, state: State, *, limit: int) -> list[Job]:
        """A user's jobs in a state, those first that changed last."""

    def due(self, *, now: int, limit: int) -> list[Job]:
        """The jobs under way whose deadline (unix seconds) is now or past, longest due first."""

    def resting(self, states: Iterable[State], *, since: int, after: str, limit: int) -> list[Job]:
        """The jobs in these states that have not moved after `since` (unix seconds), by id, from
        behind the id `after`."""

    def lasting(self, state: State, *, since: int, limit: int) -> list[Job]:
        """The jobs that came to a state at `since` (unix seconds) or before and are still there,
        those first that came first."""

    def ended_badly(self, jobs: Iterable[str]) -> list[Job]:
        """Those of these jobs that ended otherwise than released, oldest first."""

    def of_requests(self, request_hashes: Iterable[str]) -> dict[str, str]:
        """The ids of the jobs with these requests, by the request's hash; those there are."""

    def queues(self) -> list[Queue]:
        """How many jobs are in each state they can leave, along a job's way; no empty queue."""

    def ends_since(self, since: int) -> list[Ends]:
        """How many jobs ended at `since` (unix seconds) or later, by state, then code."""

    def answers_owed(self) -> list[OwedAnswer]:
        """What Airflow is still to be told, longest due first."""

    def answer_given(self, answer: OwedAnswer) -> None:
        """An answer is owed no more; another one to the same wait still is."""

    def runs_owed(self) -> list[OwedRun]:
        """The jobs whose run is still to be started, those first that were submitted first."""

    def run_taken(self, job: str) -> None:
        """A job's run has started, or is needed no more."""

    def note(self, event: JobEvent) -> None:
        """Append to a timeline without moving the job.

        Raises:
            NotFound: `no-job`.
        """

    def timeline(self, job: str) -> list[JobEvent]:
        """A job's events in order of writing; none for a job there is not."""
