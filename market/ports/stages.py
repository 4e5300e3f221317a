"""What the stages of a job need from outside: a plan builder, an evaluator, a scheduler."""

from __future__ import annotations

from typing import Protocol

from market.entities.stages import Form, PlannedOutput
from market.plan.schema import Schema
from market.records.delivery import Share
from market.records.manifest import Manifest


class PlanBuilder(Protocol):
    """Fetches a commit and executes it twice, without network and without data."""

    def build(self, repository: str, commit: str, schema: Schema) -> bytes:
        """Canonical JSON: {"plan", "trace"}.

        Raises:
            Refused: with file, line and rule where the program broke one.
            Unavailable: no sandbox on this machine, or the fetch failed for now.
        """


class Evaluator(Protocol):
    """Computes the platform's shares over the ciphertext (Spark)."""

    def evaluate(
        self, job: str, manifest: Manifest, outputs: tuple[PlannedOutput, ...]
    ) -> tuple[Share, ...]:
        """One share per output, in the same order.

        Raises:
            Refused: a chunk is missing or altered (code `chunk-altered`, `chunk-missing`).
            Unavailable: the evaluator could not run.
        """


class Scheduler(Protocol):
    """Airflow: carries a job's steps."""

    def trigger(self, organisation: str, user: str, run: str, conf: dict[str, str]) -> None:
        """Start the organisation's submit DAG on behalf of a user.

        Raises:
            Unavailable: Airflow does not answer; Refused: it refuses the parameters.
        """

    def answer(self, run: str, wait: str, *, go_on: bool) -> bool:
        """End a wait of a run: `wait` is the waiting task's id.

        True when the wait has ended, by this answer or an earlier one; False when the run has
        not reached it yet, so the caller asks again later.

        Raises:
            Unavailable: Airflow does not answer.
        """


class Forms(Protocol):
    def write(self, forms: tuple[Form, ...]) -> None:
        """Replace all submit forms at once."""
