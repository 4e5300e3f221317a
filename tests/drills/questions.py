"""The programs a buyer asks with: one repository, a commit for each."""

from __future__ import annotations

import itertools
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_LEVELS: Final = ("excellent", "good", "fair", "poor")
_ASKED: Final = (
    *(f'{{"count": ds[ds["health"] == "{level}"].count()}}' for level in _LEVELS),
    '{"rows": ds.count()}',
    '{"disease": ds["disease"].mean()}',
    '{"disease": ds["disease"].variance()}',
    '{"limitation": ds["limitation"].sum()}',
    '{"visits": ds["visits"].mean()}',
    '{"health": ds["health"].histogram()}',
)
"""Sums alone: no chunk is read for them."""
_PRODUCTS: Final = (
    '{"both": ds["visits"].covariance(ds["disease"])}',
    '{"visits": ds[ds["health"] == "poor"]["visits"].mean()}',
)
"""Computed in Spark, and again by the agent."""
_EPSILONS: Final = ("0.1", "0.2", "0.15")
_EVERY: Final = 5


@dataclass(frozen=True, slots=True)
class Question:
    """A commit of a repository, and the most that its answer may tell."""

    repository: str
    commit: str
    epsilon: str

    @property
    def name(self) -> str:
        return f"{self.commit}@{self.epsilon}"


def make_questions(folder: Path, count: int) -> tuple[Question, ...]:
    """So many, of which every fifth needs Spark. They repeat, so that what was answered once is
    asked again."""
    folder.mkdir()
    _git(folder, "init", "-q")
    commits = {asked: _commit(folder, asked) for asked in (*_PRODUCTS, *_ASKED)}
    sums, products, epsilons = map(itertools.cycle, (_ASKED, _PRODUCTS, _EPSILONS))
    chosen = [next(sums if number % _EVERY else products) for number in range(count)]
    address = f"file://{folder.resolve()}"
    return tuple(Question(address, commits[asked], next(epsilons)) for asked in chosen)


def _commit(folder: Path, asked: str) -> str:
    (folder / "job.py").write_text(f"def build(ds):\n    return {asked}\n")
    _git(folder, "add", "-A")
    identity = ("-c", "user.name=Bob", "-c", "user.email=bob@example.org")
    _git(folder, *identity, "commit", "-q", "-m", "Ask")
    return _git(folder, "rev-parse", "HEAD").strip()


def _git(folder: Path, *arguments: Any) -> str:
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
