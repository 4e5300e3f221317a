"""Where jobs live."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from market.entities.job import Job, JobEvent, State


class Jobs(Protocol):
    """Jobs and their timelines. `save` compares and sets, so two processes cannot both move one."""

    def add(self, job: Job) -> Job:
        """Store a new job; if its run is known already, return the stored one unchanged."""

    def get(self, job: str) -> Job:
        """Raises NotFound."""

    def find_run(self, run: str) -> Job | None: ...

    def save(self, job: Job, *, expected: State, event: JobEvent) -> None:
        """Replace the job and append the event, in one transaction.

        Raises:
            Conflict: the stored job is not in the `expected` state.
        """

    def of_organisation(self, organisation: str) -> list[Job]: ...

    def of_datasets(self, datasets: Iterable[str], states: Iterable[State]) -> list[Job]: ...

    def in_states(self, states: Iterable[State]) -> list[Job]: ...

    def buyers_of_opening(self, opening: str, *, besides: str) -> frozenset[str]:
        """Identity keys of the buyers to whom it was released, in any job but `besides`."""

    def note(self, event: JobEvent) -> None:
        """Append to a timeline without moving the job."""

    def timeline(self, job: str) -> list[JobEvent]: ...
