"""Whatever is installed is one version, known by its hash, from no address that a lock names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LOCKS = sorted([*ROOT.glob("requirements*.lock"), *ROOT.glob("helm/images/*.lock")])
PINNED = re.compile(
    r"[a-z0-9][a-z0-9._-]*(\[[a-z0-9,_-]+\])?==[A-Za-z0-9.+!]+( ; [^\\#]+)?"
    r"( --hash=sha256:[0-9a-f]{64})+"
)
INSTALLERS = [ROOT / "Makefile", *sorted(ROOT.glob("helm/images/*.Dockerfile"))]


def requirements(lock: Path) -> list[str]:
    """Each requirement on a line of its own, without the comments on why it is there."""
    lines = (line for line in lock.read_text("utf-8").splitlines() if not is_comment(line))
    joined = "\n".join(lines).replace("\\\n", " ")
    return [" ".join(line.split()) for line in joined.splitlines() if line.strip()]


def is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_requirement_is_pinned_and_hashed(lock: Path) -> None:
    asked = requirements(lock)
    assert len(asked) > 10
    assert [line for line in asked if not PINNED.fullmatch(line)] == []


def test_locks_of_all_images_and_of_both_environments_are_looked_at() -> None:
    assert {lock.name for lock in LOCKS} >= {
        *("requirements.lock", "requirements-dev.lock"),
        *("portal.lock", "airflow.lock", "spark.lock", "sandbox.lock", "agent.lock"),
    }


@pytest.mark.parametrize("installer", INSTALLERS, ids=lambda path: path.name)
def test_nothing_is_installed_but_by_hash(installer: Path) -> None:
    lines = installer.read_text("utf-8").replace("\\\n", " ").splitlines()
    installs = [line for line in lines if "pip install" in line and not is_comment(line)]
    assert installs
    for line in installs:
        # The project itself has no hash, and brings nothing with it.
        assert "--require-hashes" in line or "--no-deps" in line, line
