"""The real plan builder, git and a sandbox here or elsewhere, against buyers' repositories of every
kind."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from world.builders import an_input
from world.hostile_programs import HONEST, HOSTILE, SECRET, commit_all
from world.one_shot_sandboxes import one_shot_sandboxes

from crypto import canonical
from market import wire
from market.adapters.plan_builder import SandboxPlanBuilder
from market.adapters.repository import FetchLimits
from market.adapters.sandbox.builds import BuildsHere, InSandbox
from market.adapters.sandbox.remote import RemoteSandbox
from market.adapters.sandbox.run import SandboxLimits
from market.adapters.sandbox.tools import find_tools
from market.errors import Refused, Unavailable
from market.plan.plan import Plan
from market.plan.program import run_program
from market.plan.schema import CategoricalColumn, NumericColumn, PrivacyUnit, Schema

pytestmark = pytest.mark.processes

TEMPLATE = Path(__file__).parents[3] / "market" / "templates" / "job"
FETCH = FetchLimits(wall_seconds=20, maximum_bytes=1_000_000, allow_file=True)
PATIENT = SandboxPlanBuilder(FETCH, BuildsHere(InSandbox(SandboxLimits(wall_seconds=20))))
HURRIED = SandboxPlanBuilder(FETCH, BuildsHere(InSandbox(SandboxLimits(wall_seconds=2))))
ABOUT_THE_SANDBOX = (
    "a secret that is printed", "an endless loop", "sleep", "forks without end", "a socket",
    "the accounts", "another process", "the memory of its parent", "the clock",
    "an order of a set", "garbage", "a link", "a pipe", "a deep directory", "a hollow file",
    "a file of a terabyte", "an unreadable file", "a crash", "two gigabytes",
    "another plan from the inside",
)  # fmt: skip
"""Of HOSTILE: those whose end may depend on where they run."""


@dataclass(frozen=True)
class Repository:
    """One repository with a commit of every program."""

    folder: Path
    commits: dict[str, str]

    @property
    def url(self) -> str:
        return f"file://{self.folder}"


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    folder = tmp_path_factory.mktemp("buyers") / "repository"
    trees = {name: hostile.tree for name, hostile in HOSTILE.items()}
    trees["honest"] = {"job.py": HONEST}
    trees["template"] = {path.name: path.read_text() for path in TEMPLATE.glob("*.*")}
    return Repository(folder, commit_all(folder, trees))


@pytest.fixture
def scratch(passable_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the builder works, to be found empty afterwards."""
    monkeypatch.setattr("tempfile.tempdir", str(passable_path))
    yield passable_path
    assert list(passable_path.iterdir()) == []


def tells_nothing(refused: Refused, repository: Repository, scratch: Path) -> bool:
    """Whether a refusal holds no content of the program and nothing of this machine."""
    private = (SECRET, str(scratch), str(repository.folder), socket.gethostname(), "/sdk", "root:")
    return not any(word in f"{refused} {refused.program_says}" for word in private)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_program_is_refused_by_its_rule_and_not_quoted(
    name: str, repository: Repository, scratch: Path
) -> None:
    hostile = HOSTILE[name]
    builder = HURRIED if hostile.code == "program-too-slow" else PATIENT
    with pytest.raises(Refused) as refused:
        builder.build(repository.url, repository.commits[name], an_input())
    assert refused.value.code == hostile.refused_as
    assert (
        refused.value.program_says.startswith(f"{hostile.code}: ") == hostile.is_told_by_the_program
    )
    assert refused.value.next_action
    assert tells_nothing(refused.value, repository, scratch)
    assert refused.value.message.isprintable()
    assert len(refused.value.message) < 1_000
    assert refused.value.program_says.isprintable() or not refused.value.program_says


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[RemoteSandbox]:
    with one_shot_sandboxes(sandbox_wall_seconds=3) as (url,):
        yield RemoteSandbox(url, wall_seconds=3, wait_seconds=60)


@pytest.mark.parametrize("name", ABOUT_THE_SANDBOX)
def test_hostile_program_is_refused_elsewhere_as_it_is_here(
    name: str, repository: Repository, elsewhere: RemoteSandbox
) -> None:
    builder = SandboxPlanBuilder(FETCH, elsewhere)
    with pytest.raises(Refused) as refused:
        builder.build(repository.url, repository.commits[name], an_input())
    assert refused.value.code == HOSTILE[name].refused_as


@pytest.mark.parametrize("name", ["honest", "template"])
def test_plan_is_the_same_bytes_wherever_it_is_built(
    name: str, repository: Repository, elsewhere: RemoteSandbox
) -> None:
    asked = an_input(demonstration() if name == "template" else None)
    commit = repository.commits[name]
    here = PATIENT.build(repository.url, commit, asked)
    assert SandboxPlanBuilder(FETCH, elsewhere).build(repository.url, commit, asked) == here


def test_missing_module_is_named_with_file_and_line(repository: Repository, scratch: Path) -> None:
    with pytest.raises(Refused) as refused:
        PATIENT.build(repository.url, repository.commits["a package that is absent"], an_input())
    assert "job.py:1: The module numpy cannot be imported here." in refused.value.program_says
    assert scratch.exists()


def test_commit_that_does_not_exist_is_refused(repository: Repository, scratch: Path) -> None:
    with pytest.raises(Refused) as refused:
        PATIENT.build(repository.url, "ab" * 20, an_input())
    assert refused.value.code == "commit-unknown"
    assert tells_nothing(refused.value, repository, scratch)


def test_same_commit_gives_the_same_bytes(repository: Repository, scratch: Path) -> None:
    commit = repository.commits["honest"]
    first = PATIENT.build(repository.url, commit, an_input())
    assert PATIENT.build(repository.url, commit, an_input()) == first
    assert scratch.exists()


def test_template_is_built_as_in_this_process(repository: Repository, scratch: Path) -> None:
    schema = demonstration()
    commit = repository.commits["template"]
    built = PATIENT.build(repository.url, commit, an_input(schema))
    assert PATIENT.build(repository.url, commit, an_input(schema)) == built
    plan, trace = run_program(TEMPLATE, an_input(schema))
    document = canonical.loads(built)
    assert document.pop("subject") == "Ask"
    assert document == {"plan": wire.to_json(plan), "trace": trace}
    assert wire.from_json(Plan, canonical.loads(built)["plan"]) == plan
    assert scratch.exists()


def test_without_bubblewrap_nothing_is_run(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("git", "setpriv", "prlimit"):
        (tools / name).symlink_to(f"/usr/bin/{name}")
    monkeypatch.setenv("PATH", str(tools))
    find_tools.cache_clear()
    try:
        with pytest.raises(Unavailable) as refused:
            PATIENT.build(repository.url, repository.commits["honest"], an_input())
    finally:
        find_tools.cache_clear()
    assert refused.value.code == "sandbox-missing"
    assert "bwrap" in refused.value.message


def demonstration() -> Schema:
    """A schema with the columns the template asks about."""
    numeric = [
        NumericColumn(name, "0", "60", name, "", "midpoint", None, None)
        for name in ("visits", "disease")
    ]
    health = CategoricalColumn("health", ("excellent", "good", "fair", "poor"), "health")
    return Schema("demo", (*numeric, health), PrivacyUnit(None, 1, "a row"), 9_000, ())
