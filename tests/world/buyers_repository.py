"""A buyer's git repository with one commit after another."""

from __future__ import annotations

import subprocess
from pathlib import Path

HONEST = 'def build(ds):\n    return {"rows": ds.count()}\n'


def git(directory: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=b", "-c", "user.email=b@b")
    command = ["git", "-C", str(directory), *identity, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def commit_program(directory: Path, program: str) -> str:
    """Commit a program to a repository, made at first; returns the commit."""
    if not (directory / ".git").exists():
        directory.mkdir(parents=True, exist_ok=True)
        git(directory, "init", "-q")
    (directory / "job.py").write_text(program)
    git(directory, "add", "-A")
    git(directory, "commit", "-q", "-m", "Ask")
    return git(directory, "rev-parse", "HEAD")
