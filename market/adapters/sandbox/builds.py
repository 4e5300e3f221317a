"""A build: one program run twice, under two clocks and two hash seeds, wherever it runs.

`Builds` is what the plan builder needs of a sandbox. `BuildsHere` stages the program on this
machine and hands each run to a `Runner`: bubblewrap, the one-shot sandbox's own wall, or none, for
a person's own program. `market.adapters.sandbox.remote` sends the build elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from market.adapters.sandbox.language import put_language
from market.adapters.sandbox.output import Folders, hand_over, read_output
from market.adapters.sandbox.run import Outcome, RunConditions, SandboxLimits, run_sandboxed
from market.plan.plan import MAXIMUM_PLAN_BYTES

PROGRAM_MODULE: Final = "market.plan.program"
INPUT_NAME: Final = "input.json"
REPOSITORY: Final = "repository"
FIRST: Final = RunConditions(clock_offset="", hash_seed=1)
# Another year, month, day and weekday: whatever a program takes from the clock differs.
SECOND: Final = RunConditions(clock_offset="+401d", hash_seed=2)


@dataclass(frozen=True, slots=True)
class Run:
    """How a run ended, and the document it left; None where it left none that may be read."""

    outcome: Outcome
    document: bytes | None

    @property
    def is_in_vain(self) -> bool:
        """Whether it left nothing that a second run could be compared with."""
        return self.outcome.is_too_slow or not self.document


class Builds(Protocol):
    """Runs a program twice."""

    @property
    def wall_seconds(self) -> int:
        """How long one run may take."""

    def build(self, work: Path, asked: bytes) -> tuple[Run, Run]:
        """Run the program of `work/repository` on the input `asked`, FIRST and SECOND; a first run
        that was in vain stands for both.

        Raises:
            Unavailable: programs cannot be run; nothing is said of this one.
        """


class Runner(Protocol):
    """Runs `PROGRAM_MODULE` on the repository and the input of some folders."""

    @property
    def wall_seconds(self) -> int:
        """How long one run may take."""

    def run(self, folders: Folders, conditions: RunConditions) -> Outcome:
        """Run the program once; it leaves its document in `folders.output`.

        Raises:
            Unavailable: it cannot run programs here.
        """


@dataclass(frozen=True, slots=True)
class InSandbox:
    """The runner for every program that is not the person's own."""

    limits: SandboxLimits

    @property
    def wall_seconds(self) -> int:
        """See Runner."""
        return self.limits.wall_seconds

    def run(self, folders: Folders, conditions: RunConditions) -> Outcome:
        """Run the program once in bubblewrap.

        Raises:
            Unavailable: `sandbox-missing`, `sandbox-failed`: nothing of it was run.
        """
        out = f"/out/{folders.output.name}"
        arguments = ["-m", PROGRAM_MODULE, "/repo", f"/input/{INPUT_NAME}", out]
        return run_sandboxed(arguments, folders, self.limits, conditions)


@dataclass(frozen=True, slots=True)
class BuildsHere:
    """Builds on this machine."""

    runner: Runner

    @property
    def wall_seconds(self) -> int:
        """See Builds."""
        return self.runner.wall_seconds

    def build(self, work: Path, asked: bytes) -> tuple[Run, Run]:
        """See Builds; whatever is in `work` is given to the uid that the program runs under."""
        first, second = stage(work, "first", asked), stage(work, "second", asked)
        hand_over(work)
        run = run_once(self.runner, first, FIRST)
        return (run, run) if run.is_in_vain else (run, run_once(self.runner, second, SECOND))


def stage(work: Path, run: str, asked: bytes) -> Folders:
    """Put what a run needs beside `work/repository`, under its own name."""
    folders = Folders(
        work / REPOSITORY, work / run / "sdk", work / run / "input", work / run / "plan.json"
    )
    put_language(folders.sdk)
    folders.inputs.mkdir()
    folders.output.touch()
    (folders.inputs / INPUT_NAME).write_bytes(asked)
    return folders


def run_once(runner: Runner, folders: Folders, conditions: RunConditions) -> Run:
    """One run and what it left (raises as the runner)."""
    outcome = runner.run(folders, conditions)
    return Run(outcome, read_output(folders.output, MAXIMUM_PLAN_BYTES))
