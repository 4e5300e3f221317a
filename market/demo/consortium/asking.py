"""One question to a consortium: from a repository and the form in Airflow to the opened result."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import Any, Final

from market.airflow.names import consortium_dag
from market.airflow.visitor import AirflowVisitor
from market.demo.consortium.members import ASKING
from market.demo.stage import Stage
from market.demo.terminal import market

_CHARGES: Final = ("charge", "late-release")
"""Steps of a timeline: a member's receipt came, before the job's end or after it."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a consortium: `program` is the text of job.py."""

    consortium: str
    program: str
    epsilon: str
    is_verified: bool


@dataclass(frozen=True, slots=True)
class Program:
    """A question in a repository of its own, as the platform fetches it."""

    question: Question
    repository: str
    commit: str


class Asking:
    """The person who asks, at their command line and in Airflow."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._role = stage.role(ASKING)

    def write(self, question: Question) -> Program:
        """Make the question's repository, and learn what it would cost."""
        # Beside the private homes: the platform fetches from it, as from a git server.
        checkout = self._stage.folder / f"{question.consortium}.repository"
        market(self._role, "job", "new", str(checkout))
        (checkout / "job.py").write_text(question.program)
        git = ("git", "-C", str(checkout))
        said = {"GIT_AUTHOR_NAME": ASKING, "GIT_AUTHOR_EMAIL": f"{ASKING}@example.org"}
        said |= {"GIT_COMMITTER_NAME": ASKING, "GIT_COMMITTER_EMAIL": f"{ASKING}@example.org"}
        environment = self._role.environment | said
        subprocess.run([*git, "commit", "-qam", "Ask"], env=environment, check=True)
        head = subprocess.run(
            [*git, "rev-parse", "HEAD"], env=environment, check=True, capture_output=True, text=True
        )
        priced = ("--dataset", question.consortium, "--epsilon", question.epsilon)
        market(self._role, "quote", str(checkout), *priced)
        return Program(question, f"file://{checkout.resolve()}", head.stdout.strip())

    def submit(self, program: Program) -> str:
        """Fill in the consortium's form, read the plan, sign it: the job."""
        stage, question = self._stage, program.question
        dag = consortium_dag(question.consortium, 1)
        visitor = AirflowVisitor(stage.airflow_url, dag, ASKING, stage.passwords[ASKING])
        stage.await_that(lambda: visitor.is_offered(ASKING), "the consortium's form")
        form = {
            "repository": program.repository,
            "commit": program.commit,
            "recipient": ASKING,
            "epsilon": question.epsilon,
            "verified": "yes" if question.is_verified else "no",
        }
        job = stage.job_of(self._role, visitor.submit(form))
        stage.wait_for(self._role, job, "--until", "planned")
        source = ("--repository", program.repository, "--commit", program.commit)
        market(self._role, "sign", job, *source, "--yes")
        return job

    def open(self, job: str) -> dict[str, Any]:
        """Wait for the members' shares and put them together: the opened result."""
        self._stage.wait_for(self._role, job)
        opened: dict[str, Any] = market(self._role, "result", "open", job)
        return opened

    def ended(self, job: str, *, charges: int) -> dict[str, Any]:
        """The job, once its session has broken off and so many members have said what it cost."""
        found: list[dict[str, Any]] = []

        def is_told() -> bool:
            found[:] = [self.show(job)]
            steps = [event["step"] for event in found[0]["timeline"]]
            return sum(step in _CHARGES for step in steps) == charges

        self._stage.await_that(is_told, f"the charges of {job}")
        return found[0]

    def show(self, job: str) -> dict[str, Any]:
        """The job as its page shows it."""
        told: dict[str, Any] = market(self._role, "job", "show", job)
        return told
