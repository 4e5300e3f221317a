"""What every plan builder answers: in process over programs in memory, and git with bubblewrap."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from world.builders import an_input
from world.buyers_repository import commit_program
from world.stages import Programs

from crypto import canonical
from market.adapters.plan_builder import SandboxPlanBuilder
from market.adapters.plan_document import read_plan
from market.adapters.repository import FetchLimits
from market.adapters.sandbox.builds import BuildsHere, InSandbox
from market.adapters.sandbox.run import SandboxLimits
from market.errors import Refused
from market.ports.stages import PlanBuilder

REAL = "git and bubblewrap"
HONEST = """
def build(ds):
    return {
        "rows": ds.count(),
        "age": ds["age"].mean(),
    }
"""
HERE = BuildsHere(InSandbox(SandboxLimits()))
REFUSED = {
    "branch on data": (
        'def build(ds):\n    if ds["age"] > 3:\n        return {}\n',
        "plan-comparison: job.py:2",
    ),
    "unknown column": ('def build(ds):\n    return {"x": ds["none"].mean()}\n', "job.py:2"),
    "syntax": ("def build(ds):\n    return {\n", "program-syntax: job.py:2"),
    "raised": ("def build(ds):\n    raise ValueError\n", "program-raised: job.py:2"),
    "no build": ("x = 1\n", "program-build: job.py"),
    "nothing asked": ("def build(ds):\n    return {}\n", "plan-empty: job.py:1"),
}


class Source:
    """A builder, and where its programs are committed: `commit(program)` gives the hash."""

    def __init__(self, builder: PlanBuilder, url: str, commit: Callable[[str], str]) -> None:
        self.commit = commit
        self._builder = builder
        self._url = url

    def check_address(self, address: str) -> None:
        self._builder.check_address(address)

    def build(self, commit: str) -> bytes:
        return self._builder.build(self._url, commit, an_input())

    def refusal(self, commit: str) -> Refused:
        with pytest.raises(Refused) as refused:
            self.build(commit)
        return refused.value


@pytest.fixture(params=["in process", pytest.param(REAL, marks=pytest.mark.processes)])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Source:
    if request.param == REAL:
        folder = tmp_path / "repository"
        builder = SandboxPlanBuilder(FetchLimits(allow_file=True), HERE)
        return Source(builder, f"file://{folder}", lambda text: commit_program(folder, text))
    programs = Programs()
    return Source(programs, "https://git.example.org/job.git", programs.commit)


def test_plan_and_the_line_of_every_statistic(source: Source) -> None:
    built = source.build(source.commit(HONEST))
    document = canonical.loads(built)
    assert isinstance(document, dict)
    assert document.pop("subject") == "Ask"
    read = read_plan(canonical.dumps(document), an_input())
    assert read.trace == {"rows": "job.py:4", "age": "job.py:5"}
    assert [named.name for named in read.plan.statistics] == ["rows", "age"]
    assert canonical.dumps(canonical.loads(built)) == built


@pytest.mark.processes
def test_same_program_gives_the_same_bytes_everywhere(tmp_path: Path) -> None:
    folder = tmp_path / "repository"
    real = SandboxPlanBuilder(FetchLimits(allow_file=True), HERE)
    programs = Programs()
    hash_ = commit_program(folder, HONEST)
    assert real.build(f"file://{folder}", hash_, an_input()) == programs.build(
        "", programs.commit(HONEST), an_input()
    )


def test_commit_is_built_as_often_as_asked_with_the_same_bytes(source: Source) -> None:
    commit = source.commit(HONEST)
    assert source.build(commit) == source.build(commit.upper())


@pytest.mark.parametrize("name", REFUSED)
def test_program_that_breaks_a_rule_is_refused_by_code_file_and_line(
    source: Source, name: str
) -> None:
    program, words = REFUSED[name]
    refused = source.refusal(source.commit(program))
    assert refused.code == "program-refused"
    assert words in refused.program_says
    # Whoever wrote the program could have written its words: they stand apart from ours.
    assert "job.py" not in refused.message


def test_unknown_commit_is_refused(source: Source) -> None:
    source.commit(HONEST)
    assert source.refusal("ab" * 20).code == "commit-unknown"


@pytest.mark.parametrize("commit", ["main", "", "ab" * 19, "--upload-pack=x"])
def test_what_is_not_a_full_hash_is_refused(source: Source, commit: str) -> None:
    source.commit(HONEST)
    assert source.refusal(commit).code == "commit-malformed"


@pytest.mark.parametrize(
    "address",
    [
        "http://git.example.org/q.git",
        "https://ada@git.example.org/q.git",
        "https://git.example.org/q.git?x=1",
        "ssh://git.example.org/q.git",
        "--upload-pack=x",
        "https://git.example.org/../q.git",
    ],
)
def test_address_is_judged_before_it_is_looked_up(source: Source, address: str) -> None:
    with pytest.raises(Refused, match="repository-address"):
        source.check_address(address)
    source.check_address("https://no-such-host.example.org/q.git")
