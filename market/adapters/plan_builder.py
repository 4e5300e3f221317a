"""Build a program's plan twice and compare: on the platform and at the buyer, by this code.

The second build has another clock and another hash seed. A program whose plan depends on either
is refused, since nobody could rebuild what was signed.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import crypto
import market
from market import wire
from market.adapters.plan_document import BuiltPlan, read_plan
from market.adapters.repository import FetchLimits, fetch_commit
from market.adapters.sandbox.output import Folders, hand_over, read_output
from market.adapters.sandbox.run import Outcome, RunConditions, SandboxLimits, run_sandboxed
from market.errors import Refused
from market.plan.plan import MAXIMUM_PLAN_BYTES
from market.plan.program_input import ProgramInput
from market.policy.repository_address import read_address

PROGRAM_MODULE = "market.plan.program"
INPUT_NAME = "input.json"
_FIRST = RunConditions(clock_offset="", hash_seed=1)
# Another year, month, day and weekday: whatever a program takes from the clock differs.
_SECOND = RunConditions(clock_offset="+401d", hash_seed=2)

# What a program may import of ours: the plan language, and the modules it stands on.
_LANGUAGE = "plan"
_BELOW_THE_LANGUAGE = (
    "crypto/__init__.py",
    "crypto/canonical.py",
    "crypto/errors.py",
    "market/__init__.py",
    "market/errors.py",
    "market/wire.py",
)


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
class SandboxPlanBuilder:
    """market.ports.stages.PlanBuilder on git and bubblewrap."""

    fetch: FetchLimits
    sandbox: SandboxLimits

    def check_address(self, repository: str) -> None:
        """That `build` would look a repository up at this address (raises Refused)."""
        read_address(repository, allow_file=self.fetch.allow_file)

    def build(self, repository: str, commit: str, asked: ProgramInput) -> bytes:
        """The plan of a commit (market.ports.stages.PlanBuilder.build).

        The same commit and input always give the same bytes.

        Raises:
            Refused: the address, the commit or the program, by the code of the rule it broke.
            Unavailable: the repository does not answer, or there is no git or no sandbox here.
        """
        return self.build_commit(repository, commit, asked).encode()

    def build_commit(self, repository: str, commit: str, asked: ProgramInput) -> BuiltPlan:
        """The same plan as a value, for a caller that reads it (raises as `build`)."""
        return build_twice(
            lambda place: fetch_commit(repository, commit, place, self.fetch),
            asked,
            InSandbox(self.sandbox),
        )


def build_twice(
    put_program: Callable[[Path], None], asked: ProgramInput, runner: Runner
) -> BuiltPlan:
    """The plan of a program, built twice alike.

    Args:
        put_program: writes the repository's files to a path that does not exist yet.

    Raises:
        Refused: the program broke a rule, gave two plans or none, or was too slow.
        Unavailable: the runner cannot run.
    """
    with tempfile.TemporaryDirectory(prefix="market-plan-") as name:
        work = Path(name)
        put_program(work / "repository")
        _stage(work, asked)
        hand_over(work)
        first = _build_once(work, "first", runner, _FIRST)
        second = _build_once(work, "second", runner, _SECOND)
    if first != second:
        raise Refused(
            "program-not-deterministic",
            "The program gave two different plans in two runs.",
            "Build the plan from the repository alone: no clock, no random numbers, no sets' "
            "order.",
        )
    return read_plan(first, asked)


def _build_once(work: Path, run: str, runner: Runner, conditions: RunConditions) -> bytes:
    folders = Folders(work / "repository", work / "sdk", work / "input", work / run / "plan.json")
    outcome = runner.run(folders, conditions)
    if outcome.is_too_slow:
        raise Refused(
            "program-too-slow",
            f"The program ran for more than {runner.wall_seconds} seconds.",
            "Only describe the statistics in build(ds); nothing is computed there.",
        )
    document = read_output(folders.output, MAXIMUM_PLAN_BYTES)
    if not document:
        raise Refused(
            "program-died",
            f"The program ended with status {outcome.status} and left no plan.",
            "Run it on the twin first: market job run --twin DATASET.",
        )
    return document


def _stage(work: Path, asked: ProgramInput) -> None:
    put_language(work / "sdk")
    for folder in ("input", "first", "second"):
        (work / folder).mkdir()
    for run in ("first", "second"):
        (work / run / "plan.json").touch()
    (work / "input" / INPUT_NAME).write_bytes(wire.encode(asked))


def put_language(sdk: Path) -> None:
    """Write what a program may import of ours into a folder of its own, to be put on its path."""
    packages = {"crypto": Path(crypto.__file__).parent, "market": Path(market.__file__).parent}
    for name in _BELOW_THE_LANGUAGE:
        package, _, below = name.partition("/")
        (sdk / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(packages[package] / below, sdk / name)
    shutil.copytree(
        packages["market"] / _LANGUAGE,
        sdk / "market" / _LANGUAGE,
        ignore=shutil.ignore_patterns("__pycache__"),
    )
