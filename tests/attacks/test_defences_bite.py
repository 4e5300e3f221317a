"""Every attack test fails once its defence is taken out.

Beside tests/attacks/test_<attack>.py lies <attack>.patch, which removes the defence. It is applied
to a temporary copy of the tree, where the test must then fail: the product itself has no switch
that weakens it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ATTACKS = Path(__file__).parent
ROOT = ATTACKS.parent.parent
COPIED = ("crypto", "market", "spark_jobs", "dags", "tests", "pyproject.toml")
TEST_FAILED = 1
PATCHES = sorted(ATTACKS.glob("*.patch"))


def test_every_attack_has_its_patch() -> None:
    tests = {path.stem.removeprefix("test_") for path in ATTACKS.glob("test_*.py")}
    assert tests - {"defences_bite"} == {path.stem for path in PATCHES}


@pytest.mark.parametrize("patch", PATCHES, ids=lambda path: path.stem)
def test_attack_succeeds_without_its_defence(patch: Path, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            # Compiled kernels are kept: numba knows them by the source's size and time.
            shutil.copytree(source, tree / name, ignore=shutil.ignore_patterns("*.pyc"))
        else:
            shutil.copy2(source, tree / name)
    applied = subprocess.run(
        ["git", "apply", "--whitespace=nowarn", str(patch)],
        cwd=tree,
        env=os.environ | {"GIT_CEILING_DIRECTORIES": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert applied.returncode == 0, f"{patch.name} no longer fits: {applied.stderr}"
    test = f"tests/attacks/test_{patch.stem}.py"
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-x", "-p", "no:cacheprovider", "--noconftest", test],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == TEST_FAILED, f"without the defence the test still ends: {ran.stdout}"
    assert "failed" in ran.stdout
