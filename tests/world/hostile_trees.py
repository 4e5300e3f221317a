"""Commits whose trees no git would make of files: odd names, odd modes, endless depth."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

Entry = tuple[str, str, str]
"""Mode, name, and the hash of the object."""


class Repository:
    """One whose objects are written as they are given."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        self._git("init", "-q")
        self.blob = self.write("blob", b"x = 1\n")

    def write(self, kind: str, data: bytes) -> str:
        """The hash of a new object."""
        return self._git("hash-object", "-t", kind, "-w", "--literally", "--stdin", given=data)

    def tree(self, *entries: Entry) -> str:
        parts = (f"{mode} {name}\0".encode() + bytes.fromhex(at) for mode, name, at in entries)
        return self.write("tree", b"".join(parts))

    def below(self, name: str, tree: str, levels: int = 1) -> str:
        """A tree in folders of this name, one in the other."""
        for _ in range(levels):
            tree = self.tree(("40000", name, tree))
        return tree

    def commit(self, tree: str) -> tuple[str, str]:
        """The repository's address, and the hash of a commit of the tree."""
        by = "Test <test@example.org> 0 +0000"
        text = f"tree {tree}\nauthor {by}\ncommitter {by}\n\nStart\n"
        commit = self.write("commit", text.encode())
        self._git("update-ref", "refs/heads/main", commit)
        return f"file://{self._folder}", commit

    def _git(self, *arguments: str, given: bytes = b"") -> str:
        command = ["git", "-C", str(self._folder), *arguments]
        done = subprocess.run(command, input=given, capture_output=True, check=True)
        return done.stdout.decode().strip()


def _file(name: str, mode: str = "100644") -> Callable[[Repository], str]:
    return lambda made: made.tree((mode, name, made.blob))


def _folder(name: str, levels: int = 1) -> Callable[[Repository], str]:
    return lambda made: made.below(name, made.tree(("100644", "job.py", made.blob)), levels)


def _twice(made: Repository) -> str:
    inner = made.tree(("100644", "post-checkout", made.blob))
    return made.tree(("100644", "a", made.blob), ("40000", "a", inner))


def _many(made: Repository) -> str:
    return made.tree(*(("100644", f"f{number:05}", made.blob) for number in range(5_000)))


REFUSED: dict[str, tuple[Callable[[Repository], str], str]] = {
    "repository in it": (_folder(".git"), "repository-malformed"),
    "repository in capitals": (_folder(".GIT"), "repository-malformed"),
    "repository as Macs read it": (_folder(".git\u200c"), "repository-malformed"),
    "repository as Windows reads it": (_folder("git~1"), "repository-malformed"),
    "folder above": (_folder(".."), "repository-malformed"),
    "folder itself": (_folder("."), "repository-malformed"),
    "path for a name": (_file("../a"), "repository-malformed"),
    "name twice": (_twice, "repository-malformed"),
    "list of submodules that is a link": (_file(".gitmodules", "120000"), "repository-malformed"),
    "submodule": (lambda made: made.tree(("160000", "lib", "11" * 20)), "repository-link"),
    "device": (_file("a", "60000"), "repository-link"),
    "long name": (_file("x" * 256), "repository-too-large"),
    "longer name": (_file("x" * 5_000), "repository-too-large"),
    "long name of a folder": (_folder("x" * 256), "repository-too-large"),
    "deep folder": (_folder("d", 501), "repository-too-large"),
    "many files": (_many, "repository-too-large"),
}
"""What is made, and with what code its fetch is refused."""
