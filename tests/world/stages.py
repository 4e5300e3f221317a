"""The stages of a job without processes: programs and evaluation in process, calls recorded."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from crypto import canonical
from crypto.parameters import by_name
from crypto.shares import encode_residues
from market.entities.stages import Form
from market.errors import MarketError, Refused
from market.plan.moments import Output
from market.plan.program import outcome
from market.plan.schema import Schema
from market.ports.object_store import ObjectStore
from market.records.delivery import Share
from market.records.evaluation import plan_blocks
from market.records.manifest import Manifest
from market.records.verified_chunk import ChunkRefused
from spark_jobs.accumulate import accumulate


@dataclass
class Programs:
    """market.ports.stages.PlanBuilder over programs held in memory, by commit."""

    texts: dict[str, str] = field(default_factory=dict)
    failure: MarketError | None = None

    def commit(self, program: str) -> str:
        commit = hashlib.sha256(program.encode()).hexdigest()[:40]
        self.texts[commit] = program
        return commit

    def build(self, repository: str, commit: str, schema: Schema) -> bytes:
        if self.failure is not None:
            raise self.failure
        with tempfile.TemporaryDirectory() as name:
            (Path(name) / "job.py").write_text(self.texts[commit])
            built = outcome(Path(name), schema)
        if "refusal" in built:
            raise Refused(**built["refusal"])
        return canonical.dumps(built)


@dataclass
class InProcessEvaluator:
    """market.ports.stages.Evaluator: the workers' own code, without Spark."""

    objects: ObjectStore
    runs: int = 0

    def evaluate(
        self, job: str, manifest: Manifest, outputs: tuple[Output, ...]
    ) -> tuple[Share, ...]:
        self.runs += 1
        parameters = by_name(manifest.parameters)
        try:
            shares = accumulate(plan_blocks(manifest, outputs), outputs, self.objects, parameters)
        except ChunkRefused as refused:
            raise Refused(refused.code, refused.message, "Publish again.") from refused
        return tuple(
            Share(output.id, encode_residues(shares[output.id], parameters)) for output in outputs
        )


@dataclass
class RecordingScheduler:
    """market.ports.stages.Scheduler. `reached` are the waits its runs have come to."""

    triggered: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    answers: list[tuple[str, str, bool]] = field(default_factory=list)
    reached: set[str] = field(default_factory=lambda: {"await_signatures", "await_release"})
    failure: MarketError | None = None

    def run_of(self, organisation: str, name: str) -> str:
        return f"submit_{organisation}/{name}"

    def trigger(self, run: str, user: str, conf: dict[str, str]) -> None:
        if self.failure is not None:
            raise self.failure
        self.triggered.append((run, user, conf))

    def answer(self, run: str, wait: str, *, go_on: bool) -> bool:
        if wait not in self.reached:
            return False
        self.answers.append((run, wait, go_on))
        return True


@dataclass
class RecordingForms:
    """market.ports.stages.Forms."""

    forms: tuple[Form, ...] = ()

    def write(self, forms: tuple[Form, ...]) -> None:
        self.forms = forms
