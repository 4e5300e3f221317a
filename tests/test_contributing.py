"""Whoever does what CONTRIBUTING says has a statistic, and green gates."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from market.plan.statistics.contract import Asked

pytestmark = pytest.mark.processes

ROOT = Path(__file__).parent.parent
SECTION = "How to add a statistic"
BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.M | re.S)
OTHERS = {"Abundance": "before", "Odds": "between", "Zeal": "after"}
"""New statistics of somebody else, and where their names lie in the alphabet."""
ORACLES = "tests/market/tables/test_plaintext.py::test_statistic_has_an_oracle"
PACKAGES = ("crypto", "market", "tests")
COMPILED = (".pyc", ".nbi", ".nbc")
MEMBERS = {"plural", "words", "unit", "over", "finish", "examples"}


def blocks_of_the_page() -> list[tuple[str, str, str]]:
    """(language, file, text) of the section's blocks, in order."""
    page = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    section = page.partition(f"## {SECTION}\n")[2].partition("\n## ")[0]
    return BLOCK.findall(section)


(GATES,) = (text.splitlines() for language, _, text in blocks_of_the_page() if language == "sh")


@pytest.fixture(scope="module")
def blocks() -> list[tuple[str, str, str]]:
    return blocks_of_the_page()


def copied(copy: Path) -> Path:
    """A copy of the tree as it is checked in or about to be, with the same environment.

    What is compiled comes along: Python and numba know it by its source's size and time.
    """
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    for compiled in (one for folder in PACKAGES for one in (ROOT / folder).rglob("__pycache__/*")):
        there = copy / compiled.relative_to(ROOT)
        if compiled.suffix in COMPILED and there.parent.parent.is_dir():
            there.parent.mkdir(exist_ok=True)
            shutil.copy2(compiled, there)
    (copy / ".venv").symlink_to(sys.prefix)
    return copy


def run(tree: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=tree, capture_output=True, text=True)


def follow(tree: Path, blocks: list[tuple[str, str, str]], named: str = "Magnitude") -> None:
    """Do what the page says, for a statistic of this name."""
    for language, name, text in blocks:
        path = tree / called(name, named)
        if language == "python":
            path.write_text(called(text, named), "utf-8")
        elif language == "diff":
            path.write_text(inserted(path.read_text("utf-8"), called(text, named)), "utf-8")


def called(text: str, named: str) -> str:
    return text.replace("Magnitude", named).replace("magnitude", named.lower())


def inserted(source: str, difference: str) -> str:
    """The source with the added lines, each run of them below the line that stands above it."""
    for part in re.split(r"^\n", difference, flags=re.M):
        above, *added = part.splitlines()
        assert above.startswith(" ")
        assert all(line.startswith("+") for line in added)
        lines = source.splitlines()
        at = lines.index(above[1:])
        lines[at + 1 : at + 1] = [line[1:] for line in added]
        source = "\n".join(lines) + "\n"
    return source


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory, blocks: list[tuple[str, str, str]]) -> Path:
    """The copy once every file and every difference on the page is in it."""
    tree = copied(tmp_path_factory.mktemp("tree"))
    follow(tree, blocks)
    return tree


def test_statistic_touches_four_files_at_most(blocks: list[tuple[str, str, str]]) -> None:
    assert len({name for _, name, _ in blocks if name}) == 4


def test_page_asks_for_types_and_tests() -> None:
    programs = {gate.split()[0].removeprefix(".venv/bin/") for gate in GATES}
    assert {"ruff", "mypy", "pytest"} <= programs


@pytest.mark.parametrize(
    "gate",
    [
        # Of every statistic there is, the new one too: as long as that takes without it, once more.
        pytest.param(gate, marks=pytest.mark.nightly if "test_coverage" in gate else ())
        for gate in GATES
    ],
)
def test_gate_of_the_page_is_green(grown: Path, gate: str) -> None:
    done = run(grown, *gate.split())
    assert done.returncode == 0, f"{gate}\n{done.stdout[-4_000:]}{done.stderr[-2_000:]}"


def test_page_holds_beside_other_new_statistics(
    tmp_path: Path, blocks: list[tuple[str, str, str]]
) -> None:
    tree = copied(tmp_path / "tree")
    for other in OTHERS:
        follow(tree, blocks, other)
    follow(tree, blocks)
    names = " ".join(f"tests/market/plan/test_{one.lower()}.py" for one in (*OTHERS, "Magnitude"))
    for command in (
        ".venv/bin/ruff check --fix market/plan",
        ".venv/bin/ruff format market/plan",
        ".venv/bin/mypy -p market.plan",
        f".venv/bin/pytest {names} tests/market/plan/test_faces.py",
    ):
        done = run(tree, *command.split())
        assert done.returncode == 0, f"{command}\n{done.stdout[-4_000:]}{done.stderr[-2_000:]}"


def test_oracle_that_is_missing_is_asked_for_by_file(
    grown: Path, blocks: list[tuple[str, str, str]]
) -> None:
    path = grown / "tests/market/plan/test_magnitude.py"
    whole = path.read_text("utf-8")
    try:
        path.write_text(whole.replace("def oracle(", "def forgotten("), "utf-8")
        refused = run(grown, ".venv/bin/pytest", ORACLES).stdout
    finally:
        path.write_text(whole, "utf-8")
    assert "write `oracle` in tests/market/plan/test_magnitude.py" in refused


def without(source: str, member: str) -> str:
    """A statistic's file without one of the names in its class."""
    module = ast.parse(source)
    (node,) = (one for one in module.body if isinstance(one, ast.ClassDef))
    kept = [one for one in node.body if member not in (getattr(one, "name", ""), named(one))]
    assert len(kept) == len(node.body) - 1
    node.body = kept
    return ast.unparse(module)


def named(statement: ast.stmt) -> str:
    return ast.unparse(statement.target) if isinstance(statement, ast.AnnAssign) else ""


@pytest.mark.parametrize("member", sorted(MEMBERS))
def test_mypy_refuses_a_statistic_that_lacks_a_word(grown: Path, member: str) -> None:
    path = grown / "market/plan/statistics/magnitude.py"
    whole = path.read_text("utf-8")
    try:
        path.write_text(without(whole, member), "utf-8")
        refused = run(grown, ".venv/bin/mypy", "-p", "market.plan").stdout
    finally:
        path.write_text(whole, "utf-8")
    # The whole statistic passes, so the word that is taken out is what is missed.
    assert 'expected "Asked"' in refused


def test_members_are_those_of_the_contract() -> None:
    assert {name for name in vars(Asked) if not name.startswith("_")} | set(
        Asked.__annotations__
    ) == {*MEMBERS, "tag"}
