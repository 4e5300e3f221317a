"""How a person names the commit of a job: by its full hash, nothing else."""

from __future__ import annotations

import re

from market.errors import Refused

_LONGEST_SUBJECT = 120
_COMMIT = re.compile(r"[0-9a-f]{40}")


def read_commit(text: str) -> str:
    """The full hash as git writes it; space around it and capitals make no difference.

    Raises:
        Refused: `commit-malformed` unless it is 40 characters of 0-9 and a-f.
    """
    commit = text.strip(" \t\r\n").lower()
    if not _COMMIT.fullmatch(commit):
        raise Refused(
            "commit-malformed",
            f"The commit is {commit[:50]!r} of {len(commit)} characters, expected 40 of 0-9 and "
            "a-f.",
            "Give the full hash: git rev-parse HEAD.",
        )
    return commit


def subject_line(text: str) -> str:
    """A commit's subject as it is kept: a stranger's words on one printable line, cut."""
    line = "".join(one if one.isprintable() else " " for one in text).strip()
    return line if len(line) <= _LONGEST_SUBJECT else f"{line[: _LONGEST_SUBJECT - 1]}…"
