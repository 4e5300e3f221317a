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
CHANGED = re.compile(r"^\+\+\+ b/(\S+)$", re.M)
MEMBERS = {"plural", "is_of_spread", "words", "unit", "parts", "finish", "examples"}


@pytest.fixture(scope="module")
def blocks() -> list[tuple[str, str, str]]:
    """(language, file, text) of the section's blocks, in order."""
    page = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    section = page.partition(f"## {SECTION}\n")[2].partition("\n## ")[0]
    return BLOCK.findall(section)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tree as it is checked in or about to be, with the same environment."""
    copy = tmp_path_factory.mktemp("tree")
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)
    (copy / ".venv").symlink_to(sys.prefix)
    return copy


def run(tree: Path, *command: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=tree, input=text, capture_output=True, text=True)


@pytest.fixture(scope="module")
def grown(tree: Path, blocks: list[tuple[str, str, str]]) -> Path:
    """The copy once every file and every difference on the page is in it."""
    for language, name, text in blocks:
        if language == "python":
            (tree / name).write_text(text, "utf-8")
        elif language == "diff":
            applied = run(tree, "git", "apply", "-", text=text)
            assert applied.returncode == 0, applied.stderr
    return tree


def test_statistic_touches_four_files_at_most(blocks: list[tuple[str, str, str]]) -> None:
    touched = {name for _, name, _ in blocks if name}
    touched |= {name for _, _, text in blocks for name in CHANGED.findall(text)}
    assert len(touched) == 4


def test_gates_of_the_page_are_green(grown: Path, blocks: list[tuple[str, str, str]]) -> None:
    (commands,) = (text for language, _, text in blocks if language == "sh")
    assert "mypy" in commands
    assert "pytest" in commands
    for command in commands.splitlines():
        done = run(grown, *command.split())
        assert done.returncode == 0, f"{command}\n{done.stdout[-4_000:]}{done.stderr[-2_000:]}"


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
    path = grown / "market/plan/statistics/proportion.py"
    whole = path.read_text("utf-8")
    try:
        path.write_text(without(whole, member), "utf-8")
        refused = run(grown, ".venv/bin/mypy", "-p", "market.plan").stdout
    finally:
        path.write_text(whole, "utf-8")
    # The whole statistic passes, so the word that is taken out is what is missed.
    assert 'Proportion"; expected "Asked"' in refused


def test_members_are_those_of_the_contract() -> None:
    assert {name for name in vars(Asked) if not name.startswith("_")} | set(
        Asked.__annotations__
    ) == {*MEMBERS, "tag"}
