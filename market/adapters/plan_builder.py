"""Build a program's plan twice and compare: on the platform and at the buyer, by this code.

The second build has another clock and another hash seed. A program whose plan depends on either
is refused, since nobody could rebuild what was signed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from market import wire
from market.adapters.git_bundle import check_out_bundle
from market.adapters.plan_document import BuiltPlan, read_plan
from market.adapters.repository import FetchLimits, fetch_commit
from market.adapters.sandbox.builds import REPOSITORY, Builds, Run
from market.errors import Refused
from market.plan.program_input import ProgramInput
from market.policy.submission.bundle_address import check_repository
from market.policy.submission.commit import read_commit
from market.ports.stages import PUBLIC, Access


@dataclass(frozen=True, slots=True)
class SandboxPlanBuilder:
    """market.ports.stages.PlanBuilder on git and a sandbox, here or elsewhere. A program is fetched
    here, always: no sandbox has a network."""

    fetch: FetchLimits
    builds: Builds

    def check_address(self, repository: str) -> None:
        """That `build` would look a repository up at this address (raises Refused)."""
        check_repository(repository, allow_file=self.fetch.allow_file)

    def build(
        self, repository: str, commit: str, asked: ProgramInput, access: Access = PUBLIC
    ) -> bytes:
        """The plan of a commit (market.ports.stages.PlanBuilder.build).

        The same commit and input always give the same bytes.

        Raises:
            Refused: the address, the commit or the program, by the code of the rule it broke.
            Unavailable: the repository does not answer, or there is no git or no sandbox here.
        """
        return self.build_commit(repository, commit, asked, access).encode()

    def build_commit(
        self, repository: str, commit: str, asked: ProgramInput, access: Access = PUBLIC
    ) -> BuiltPlan:
        """The same plan as a value, for a caller that reads it (raises as `build`)."""
        subjects: list[str] = []

        def put_program(place: Path) -> None:
            if access.bundle is not None:
                wanted = read_commit(commit)
                subjects.append(check_out_bundle(access.bundle, wanted, place, self.fetch))
            else:
                fetched = fetch_commit(repository, commit, place, self.fetch, token=access.token)
                subjects.append(fetched)

        built = build_twice(put_program, asked, self.builds)
        return replace(built, subject=subjects[-1])


def build_twice(
    put_program: Callable[[Path], object], asked: ProgramInput, builds: Builds
) -> BuiltPlan:
    """The plan of a program, built twice alike.

    Args:
        put_program: writes the repository's files to a path that does not exist yet.

    Raises:
        Refused: the program broke a rule, gave two plans or none, or was too slow.
        Unavailable: programs cannot be run.
    """
    with tempfile.TemporaryDirectory(prefix="market-plan-") as name:
        work = Path(name)
        put_program(work / REPOSITORY)
        first, second = builds.build(work, wire.encode(asked))
    documents = [_document(run, builds.wall_seconds) for run in (first, second)]
    if documents[0] != documents[1]:
        raise Refused(
            "program-not-deterministic",
            "The program gave two different plans in two runs.",
            "Build the plan from the repository alone: no clock, no random numbers, no sets' "
            "order.",
        )
    return read_plan(documents[0], asked)


def _document(run: Run, wall_seconds: int) -> bytes:
    if run.outcome.is_too_slow:
        raise Refused(
            "program-too-slow",
            f"The program ran for more than {wall_seconds} seconds.",
            "Only describe the statistics in build(ds); nothing is computed there.",
        )
    if not run.document:
        raise Refused(
            "program-died",
            f"The program ended with status {run.outcome.status} and left no plan.",
            "Run it on the twin first: market job run --twin DATASET.",
        )
    return run.document
