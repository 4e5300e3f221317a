"""How a person names the commit of a job: by its full hash, nothing else."""

from __future__ import annotations

import re

from market.errors import Refused

_COMMIT = re.compile(r"[0-9a-f]{40}")


def check_commit(commit: str) -> None:
    """Raises Refused `commit-malformed` unless it is 40 characters of 0-9 and a-f."""
    if not _COMMIT.fullmatch(commit):
        raise Refused(
            "commit-malformed",
            f"The commit has {len(commit)} characters, expected 40 of 0-9 and a-f.",
            "Give the full hash: git rev-parse HEAD.",
        )
