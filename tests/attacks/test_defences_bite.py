"""Every attack test fails once its defence is taken out.

Beside tests/attacks/test_<attack>.py lies <attack>.patch, which removes the defence. It is applied
to a temporary copy of the tree, where the test must then fail: the product itself has no switch
that weakens it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ATTACKS = Path(__file__).parent
ROOT = ATTACKS.parent.parent
COPIED = ("crypto", "market", "spark_jobs", "dags", "tests", "pyproject.toml")
TEST_FAILED = 1
MADE_ONCE = ("changed_b", "false_product", "wrong_recipient")
"""Attacks on ciphertext, on members' shares and on a market, whose tests call what numba compiles
for the first two, and migrate a database for each side of the third."""
PATCHES = sorted(ATTACKS.glob("*.patch"))


@pytest.fixture(scope="module")
def forked_runs() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, str(ATTACKS / "forked_runs.py")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        yield server


def test_every_attack_has_its_patch() -> None:
    tests = {path.stem.removeprefix("test_") for path in ATTACKS.glob("test_*.py")}
    assert tests - {"defences_bite"} == {path.stem for path in PATCHES}


@pytest.fixture(scope="module")
def pristine(forked_runs: subprocess.Popen[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tree, with what is made of it: Python and numba know that by its source's size
    and time, databases by the migrations."""
    folder = tmp_path_factory.mktemp("pristine")
    tree = folder / "tree"
    tree.mkdir()
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tree / name)
        else:
            shutil.copy2(source, tree / name)
    # With its defences the tree holds; what is made for that is kept for all the others.
    for attack in MADE_ONCE:
        report = folder / f"{attack}.txt"
        test = f"tests/attacks/test_{attack}.py"
        status = run(forked_runs, tree=tree, test=test, report=report)
        assert status == 0, report.read_text()
    return tree


@pytest.mark.parametrize("patch", PATCHES, ids=lambda path: path.stem)
def test_attack_succeeds_without_its_defence(
    patch: Path, pristine: Path, forked_runs: subprocess.Popen[str], tmp_path: Path
) -> None:
    tree = tmp_path / "tree"
    # git, Python and numba put a new file in the place of one that they change.
    shutil.copytree(pristine, tree, copy_function=os.link)
    remove_defence(patch, tree)
    report = tmp_path / "report.txt"
    test = f"tests/attacks/test_{patch.stem}.py"
    status = run(forked_runs, tree=tree, test=test, report=report)
    said = report.read_text()
    assert status == TEST_FAILED, f"without the defence the test still ends: {said}"
    assert "failed" in said


def remove_defence(patch: Path, tree: Path) -> None:
    applied = subprocess.run(
        ["git", "apply", "--whitespace=nowarn", str(patch)],
        cwd=tree,
        env=os.environ | {"GIT_CEILING_DIRECTORIES": str(tree.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert applied.returncode == 0, f"{patch.name} no longer fits: {applied.stderr}"


def run(server: subprocess.Popen[str], **asked: object) -> int:
    """The exit status of one test file in one tree."""
    assert server.stdin is not None
    assert server.stdout is not None
    server.stdin.write(json.dumps(asked, default=str) + "\n")
    server.stdin.flush()
    return int(server.stdout.readline())
