"""The buyer's own git repository: made from the template, described for a submission."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import market
from market.errors import Conflict, Refused, Unavailable

_TEMPLATE = Path(market.__file__).parent / "templates" / "job"
_GIT_SECONDS = 30
_NOBODY = ("-c", "user.name=market", "-c", "user.email=market@localhost")


@dataclass(frozen=True, slots=True)
class Checkout:
    """What a checkout stands for. `origin` is empty when it has no such remote."""

    origin: str
    commit: str
    is_changed: bool


def new_repository(directory: Path) -> str:
    """Make a repository from the template; returns its first commit.

    Raises:
        Conflict: the directory holds something already.
        Unavailable: git is not installed.
    """
    if directory.exists() and any(directory.iterdir()):
        raise Conflict("directory-in-use", f"{directory} is not empty.", "Give a new directory.")
    shutil.copytree(
        _TEMPLATE, directory, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__")
    )
    _git(directory, "init", "-q", "-b", "main")
    _git(directory, "add", "--all")
    # A person without a git identity still gets a commit; his own is used when there is one.
    identity = () if _has_identity(directory) else _NOBODY
    _git(directory, *identity, "commit", "-q", "-m", "Start from the template")
    return _git(directory, "rev-parse", "HEAD")


def describe_checkout(directory: Path) -> Checkout:
    """Origin, HEAD and whether there are changes besides.

    Raises:
        Refused: no git repository with a commit.
    """
    commit = _git(directory, "rev-parse", "HEAD")
    remotes = _git(directory, "remote").split()
    origin = _git(directory, "remote", "get-url", "origin") if "origin" in remotes else ""
    return Checkout(origin, commit, bool(_git(directory, "status", "--porcelain")))


def _has_identity(directory: Path) -> bool:
    try:
        return bool(_git(directory, "config", "user.email"))
    except Refused:
        # git answers an unset value with an error.
        return False


def _git(directory: Path, *arguments: str) -> str:
    program = shutil.which("git")
    if program is None:
        raise Unavailable("git-missing", "git is not installed.", "Install git.")
    done = subprocess.run(
        [program, "-C", str(directory), *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_GIT_SECONDS,
        env=os.environ | {"GIT_TERMINAL_PROMPT": "0"},
        check=False,
    )
    if done.returncode != 0:
        raise Refused(
            "git-refused",
            f"git {arguments[0]} in {directory} ended with {done.returncode}: "
            f"{done.stderr.strip()[:200]}",
            "Give the directory of a git repository with at least one commit.",
        )
    return done.stdout.strip()
