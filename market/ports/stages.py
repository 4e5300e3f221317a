"""What the stages of a job need from outside: a plan builder, an evaluator, a scheduler."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from crypto.secret import Secret
from market.errors import Unavailable
from market.plan.moments import Output
from market.plan.program_input import ProgramInput
from market.records.delivery import Share
from market.records.manifest import Manifest


@dataclass(frozen=True, slots=True)
class Access:
    """What its buyer handed over so that a program can be had: the bundle it came in, or the deploy
    token of a private repository; neither for a repository that anybody may read."""

    bundle: bytes | None = None
    token: Secret | None = None


PUBLIC: Final = Access()


class PlanBuilder(Protocol):
    """Fetches a commit, or takes it out of its bundle, and executes it twice, without network and
    without data."""

    def check_address(self, repository: str) -> None:
        """Return if `build` would look for a repository at this address; nothing is looked up.

        Raises:
            Refused: `repository-address`, naming the part that is not allowed.
        """

    def build(
        self, repository: str, commit: str, asked: ProgramInput, access: Access = PUBLIC
    ) -> bytes:
        """Canonical JSON: {"plan", "subject", "trace"}; the subject is the first line of the
        commit's message, as its author wrote it.

        Raises:
            Refused: with file, line and rule where the program broke one; `bundle-` codes for a
                bundle that is damaged or of another commit; `repository-token-refused`.
            Unavailable: no sandbox on this machine, or the fetch failed for now.
        """


class Evaluator(Protocol):
    """Computes the platform's shares over the ciphertext (Spark)."""

    def evaluate(
        self, job: str, manifests: tuple[Manifest, ...], outputs: tuple[Output, ...]
    ) -> tuple[tuple[Share, ...], ...]:
        """For each table, all of one parameter set, one share per output, in the same order.

        Raises:
            Refused: a chunk is missing or altered (code `chunk-altered`, `chunk-missing`).
            Unavailable: the evaluator could not run.
        """


class RunUnanswered(Unavailable):
    """The scheduler answers, but not to what was asked of this run; others need not wait for it."""


class Scheduler(Protocol):
    """Carries a job's steps, each after the wait before it (Airflow)."""

    def run_of(self, organisation: str, name: str) -> str:
        """The one name of a run of an organisation's: a job is stored under it before it starts.

        Pure. Runs that a person starts in the scheduler's own page have names of the same form.
        """

    def run_of_consortium(self, consortium: str, number: int, name: str) -> str:
        """The same of a run under a consortium's agreement of this number."""

    def trigger(self, run: str, user: str, conf: dict[str, str]) -> None:
        """Start a run on behalf of a user; one that was started before is left alone.

        Args:
            run: as `run_of` names it.
            conf: the values of the form, as of a submission.

        Raises:
            RunUnanswered: `form-not-ready`: it has not read the form yet, or this choice in it.
            Unavailable: `airflow-unavailable`: it does not answer.
            Refused: `form-refused`: a value breaks a rule of the form.
            NotPermitted: `airflow-sign-on`: the user is not known or not active.
        """

    def has_ended(self, run: str) -> bool:
        """Whether a run is over, or not known: then no further step of it will come.

        Raises:
            RunUnanswered: `airflow-unavailable`: it cannot tell of this run.
            Unavailable: `airflow-unavailable`: it does not answer.
        """

    def answer(self, run: str, wait: str, *, go_on: bool) -> bool:
        """End a wait of a run: `wait` is the waiting task's id.

        True when the wait has ended, by this answer or an earlier one, or never will be reached:
        the run is over or not known. False when the run has yet to come to it, so the caller asks
        again later.

        Raises:
            RunUnanswered: `airflow-unavailable`: it cannot tell, or do this, of this run.
            Unavailable: `airflow-unavailable`: it does not answer.
        """
