"""The stages of a job without processes: programs and evaluation in process, calls recorded.

tests/market/ports holds them to the contracts that the real ones pass. What only the real ones can
find out is not answered here: a program that imports what no sandbox has is an error of the test.
"""

from __future__ import annotations

import hashlib
import re
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from crypto import canonical
from crypto.parameters import by_name
from crypto.shares import encode_residues
from market import wire
from market.adapters.commit_tree import unknown_commit
from market.adapters.plan_document import read_plan
from market.adapters.shares_of_constants import Shares, answered
from market.adapters.spark import check_constants, error_of, evaluation_of
from market.entities.stages import AllForms
from market.errors import MarketError, NotPermitted, Refused
from market.plan.moments import Output
from market.plan.plan import Plan
from market.plan.program import outcome
from market.plan.program_input import ProgramInput
from market.policy.submission.bundle_address import check_repository
from market.policy.submission.commit import read_commit
from market.policy.submission.git_bundle import read_bundle
from market.policy.submission.submission import Submission
from market.ports.object_store import ObjectStore
from market.ports.shared_state import Forms
from market.ports.stages import PUBLIC, Access, RunUnanswered
from market.records.delivery import Share
from market.records.evaluation import Evaluated, Evaluation, Stopped
from market.records.manifest import Manifest
from market.records.verified_chunk import ChunkRefused
from market.settings import Settings
from spark_jobs.accumulate import accumulate


@dataclass
class Programs:
    """market.ports.stages.PlanBuilder over what buyers have committed: programs, or plans.

    `accesses` are what each build was handed.
    """

    committed: dict[str, str | Plan] = field(default_factory=dict)
    failure: MarketError | None = None
    subjects: dict[str, str] = field(default_factory=dict)
    """By commit; of the others it is the one that the tests' own repositories have."""
    accesses: list[Access] = field(default_factory=list)

    def commit(self, question: str | Plan, subject: str = "") -> str:
        """The commit from which this question is built."""
        whole = wire.encode(question) if isinstance(question, Plan) else question.encode()
        commit = hashlib.sha256(whole).hexdigest()[:40]
        self.committed[commit] = question
        if subject:
            self.subjects[commit] = subject
        return commit

    def check_address(self, repository: str) -> None:
        check_repository(repository, allow_file=True)

    def build(
        self, repository: str, commit: str, asked: ProgramInput, access: Access = PUBLIC
    ) -> bytes:
        if self.failure is not None:
            raise self.failure
        self.accesses.append(access)
        if access.bundle is not None:
            read_bundle(access.bundle).pack_with(read_commit(commit))
        if (hash_ := read_commit(commit)) not in self.committed:
            raise unknown_commit(hash_)
        left = _left_by(self.committed[hash_], asked)
        built = read_plan(canonical.dumps(left), asked)
        return replace(built, subject=self.subjects.get(hash_, "Ask")).encode()


def _left_by(question: str | Plan, asked: ProgramInput) -> object:
    """What the sandbox would leave."""
    if isinstance(question, Plan):
        # A program asks what it is told to.
        plan = replace(question, datasets=asked.datasets)
        trace = {named.name: "job.py:1" for named in plan.statistics}
        return {"plan": wire.to_json(plan), "trace": trace}
    _require_standard_library(question)
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "job.py").write_text(question)
        return outcome(Path(name), asked)


def _require_standard_library(program: str) -> None:
    """In this process a program finds packages that no sandbox has."""
    imported = re.findall(r"^\s*(?:from|import)\s+(\w+)", program, re.MULTILINE)
    if foreign := set(imported) - sys.stdlib_module_names - {"market"}:
        raise AssertionError(f"a program that imports {foreign} needs the real plan builder")


@dataclass
class InProcessEvaluator:
    """market.ports.stages.Evaluator: the workers' own code, without Spark."""

    objects: ObjectStore
    runs: int = 0

    def evaluate(
        self, job: str, manifests: tuple[Manifest, ...], outputs: tuple[Output, ...]
    ) -> Shares:
        return answered(manifests, outputs, partial(self._computed, manifests))

    def _computed(self, manifests: tuple[Manifest, ...], outputs: tuple[Output, ...]) -> Shares:
        self.runs += 1
        asked = evaluation_of(manifests, outputs, Settings(home=Path("/nonexistent")))
        evaluated = evaluated_here(asked, self.objects)
        if evaluated.stopped is not None:
            raise error_of(evaluated.stopped)
        for manifest, shares in zip(manifests, evaluated.shares, strict=True):
            check_constants(manifest, outputs, shares)
        return evaluated.shares


def evaluated_here(asked: Evaluation, store: ObjectStore) -> Evaluated:
    """What a driver would write."""
    parameters = by_name(asked.parameters)
    try:
        totals = accumulate(asked.blocks, asked.outputs, store, parameters)
    except ChunkRefused as refused:
        return Evaluated((), Stopped(refused.code, refused.message, may_pass=False))
    return Evaluated(
        tuple(
            tuple(
                Share(output.id, encode_residues(totals[table, output.id], parameters))
                for output in asked.outputs
            )
            for table in range(asked.tables)
        ),
        None,
    )


def missing_in(forms: AllForms, run: str, conf: dict[str, str]) -> str:
    """What a run's form does not offer of what is asked for; empty where it offers it."""
    for form in forms.organisations:
        if run.startswith(f"submit_{form.organisation}/"):
            return "" if conf["dataset"] in dict(form.datasets) else conf["dataset"]
    for one in forms.consortia:
        if run.startswith(f"consortium_{one.consortium}_{one.number}/"):
            return "" if conf["recipient"] in dict(one.recipients) else conf["recipient"]
    return "form"


@dataclass
class RecordingScheduler:
    """market.ports.stages.Scheduler.

    Attributes:
        triggered: (run, user, conf) of every run started here, each once.
        reached: the waits that every run has come to.
        ended: the runs that are over, or that nobody knows.
        broken: the runs of which nothing can be told.
        is_known: whether a user may sign on.
        forms: what the forms offer; without it, whatever is asked for.
        failure: how it answers whatever it is asked.
    """

    triggered: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    answers: list[tuple[str, str, bool]] = field(default_factory=list)
    reached: set[str] = field(default_factory=lambda: {"await_signatures", "await_release"})
    ended: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    is_known: Callable[[str], bool] = lambda _user: True
    forms: Forms | None = None
    failure: BaseException | None = None
    not_ready: set[str] = field(default_factory=set)

    def run_of(self, organisation: str, name: str) -> str:
        return f"submit_{organisation}/{name}"

    def run_of_consortium(self, consortium: str, number: int, name: str) -> str:
        return f"consortium_{consortium}_{number}/{name}"

    def trigger(self, run: str, user: str, conf: dict[str, str]) -> None:
        if self.failure is not None:
            raise self.failure
        if not self.is_known(user):
            raise NotPermitted("airflow-sign-on", f"{user} is not known.", "Ask for an account.")
        if self.forms and (missing := missing_in(self.forms.read().forms, run, conf)):
            raise RunUnanswered("form-not-ready", f"No {missing} yet.", "It appears soon.")
        if run in self.not_ready:
            raise RunUnanswered("form-not-ready", f"No form for {run} yet.", "It appears soon.")
        try:
            Submission(**conf).normal()
        except Refused as error:
            raise Refused("form-refused", error.message, error.next_action) from error
        if run not in {known for known, _, _ in self.triggered}:
            self.triggered.append((run, user, conf))

    def has_ended(self, run: str) -> bool:
        if self.failure is not None:
            raise self.failure
        if run in self.broken:
            raise RunUnanswered("airflow-unavailable", f"{run} is broken.", "Look at it.")
        return run in self.ended

    def answer(self, run: str, wait: str, *, go_on: bool) -> bool:
        if self.failure is not None:
            raise self.failure
        if run in self.broken:
            raise RunUnanswered("airflow-unavailable", f"{run} is broken.", "Look at it.")
        if run in self.ended:
            return True
        if wait not in self.reached:
            return False
        self.answers.append((run, wait, go_on))
        return True
