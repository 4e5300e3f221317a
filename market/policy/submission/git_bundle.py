"""The header of a git bundle (gitformat-bundle), read where nobody trusts who sent it.

Lines, an empty line, and a pack. Version 2 is what git writes for objects named by SHA-1. A bundle
that builds on commits which are not in it is refused: whoever reads it has nothing else. Its names
of branches are passed over; what counts is which commits they lead to.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from market.errors import Refused

FIRST_LINE: Final = b"# v2 git bundle\n"
_PROGRAM: Final = b"refs/heads/program"
_HEADER_BYTES: Final = 64 * 1024
_NAMED: Final = re.compile(rb"(?P<commit>[0-9a-f]{40}) [\x21-\x7e]{1,1000}")


@dataclass(frozen=True, slots=True)
class Bundle:
    """Full hashes that a bundle's names lead to, each once, in order; and its pack, unread."""

    commits: tuple[str, ...]
    pack: bytes

    def pack_with(self, commit: str) -> bytes:
        """The pack, of a bundle that leads to this commit.

        Raises:
            Refused: `bundle-other-commit`.
        """
        require_among(self.commits, commit)
        return self.pack


def bundle_of_pack(commit: str, pack: bytes) -> bytes:
    """A bundle of one commit, whose objects a pack holds."""
    return b"".join((FIRST_LINE, commit.encode(), b" ", _PROGRAM, b"\n\n", pack))


def require_among(commits: tuple[str, ...], commit: str) -> None:
    """Return if a bundle that leads to `commits` leads to this one.

    Raises:
        Refused: `bundle-other-commit`.
    """
    if commit not in commits:
        leads = ", ".join(one[:12] for one in commits[:3])
        raise Refused(
            "bundle-other-commit",
            f"The bundle leads to {leads}, expected the job's commit {commit[:12]}.",
            "Nothing was built. Submit the commit that the bundle was made of: "
            "git bundle list-heads FILE prints its full hash.",
        )


def read_bundle(data: bytes) -> Bundle:
    """The header of a whole file.

    Raises:
        Refused: `bundle-malformed`, or `bundle-incomplete` for one with prerequisites.
    """
    header, found, rest = data[:_HEADER_BYTES].partition(b"\n\n")
    if not data.startswith(FIRST_LINE) or not found or not rest:
        raise malformed("it does not begin as a git bundle of version 2")
    commits: dict[str, None] = {}
    for line in header.split(b"\n")[1:]:
        if line.startswith(b"-"):
            raise Refused(
                "bundle-incomplete",
                "The bundle builds on commits that are not in it.",
                "Make one that is whole: git bundle create program.bundle HEAD, "
                "or market submit DIRECTORY.",
            )
        match = _NAMED.fullmatch(line)
        if match is None:
            raise malformed("a line of its header names no commit")
        commits[match["commit"].decode("ascii")] = None
    if not commits:
        raise malformed("its header names no commit")
    return Bundle(tuple(commits), data[len(header) + len(found) :])


def bundle_too_large(size_bytes: int, most_bytes: int) -> Refused:
    """`bundle-too-large`: what is said of a bundle over the cap of where it goes."""
    return Refused(
        "bundle-too-large",
        f"The bundle has {size_bytes} bytes, expected at most {most_bytes}.",
        "Send the program alone, in a repository of its own: market job new DIRECTORY makes one.",
    )


def malformed(reason: str) -> Refused:
    """`bundle-malformed`: what is said of a file that is no bundle, or a damaged one."""
    return Refused(
        "bundle-malformed",
        f"This is no git bundle that a job can be built from: {reason}.",
        "Make it anew: git bundle create program.bundle HEAD, or market submit DIRECTORY.",
    )
