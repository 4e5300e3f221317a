"""The buyer's own git repository: made from the template, described for a submission."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import market
from market.adapters.full_disk import quotes_full_disk
from market.errors import Conflict, Refused, Unavailable
from market.policy.submission.bundle_address import bundle_digest

_TEMPLATE = Path(market.__file__).parent / "templates" / "job"
_GIT_SECONDS = 30
_SCP = re.compile(r"(?:[^@/]+@)?(?P<host>[^:/]+):(?P<path>.+)")
_NOBODY = ("-c", "user.name=market", "-c", "user.email=market@localhost")


@dataclass(frozen=True, slots=True)
class Checkout:
    """What a checkout stands for: its folder, all its remotes' addresses, its HEAD."""

    top: Path
    remotes: Mapping[str, str]
    commit: str
    is_changed: bool

    @property
    def origin(self) -> str:
        """Empty when it has no such remote."""
        return self.remotes.get("origin", "")

    def is_of(self, repository: str) -> bool:
        """Whether a repository's address is this checkout's own or one of its remotes'. A bundle
        is any checkout's: what it holds is told by the commit alone."""
        if bundle_digest(repository) is not None:
            return True
        own = (self.top.as_uri(), *self.remotes.values())
        return any(same_repository(address, repository) for address in own)


def same_repository(one: str, other: str) -> bool:
    """Whether two addresses name one repository: by https, by ssh, with .git or without."""
    return _place(one) == _place(other)


def _place(address: str) -> tuple[str, str]:
    """Host and path that an address stands for, however git is told to go there."""
    if "://" not in address and (scp := _SCP.fullmatch(address)):
        host, path = scp["host"], scp["path"]
    else:
        parts = urlsplit(address)
        host, path = parts.hostname or "", unquote(parts.path)
    return host.lower(), path.strip("/").removesuffix(".git")


def new_repository(directory: Path, program: str | None = None) -> str:
    """Make a repository from the template; returns its first commit.

    Args:
        program: the text of its `job.py` (market.client.questions.first_program), instead of the
            template's.

    Where that fails, the directory is as it was before.

    Raises:
        Conflict: the directory holds something already.
        Unavailable: `git-missing`, `disk-full`.
    """
    was_there = directory.exists()
    if was_there and any(directory.iterdir()):
        raise Conflict("directory-in-use", f"{directory} is not empty.", "Give a new directory.")
    try:
        return _filled(directory, program)
    except BaseException:
        for path in directory.iterdir() if directory.exists() else ():
            _remove(path)
        if not was_there and directory.exists():
            directory.rmdir()
        raise


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def _filled(directory: Path, program: str | None) -> str:
    shutil.copytree(
        _TEMPLATE, directory, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__")
    )
    if program is not None:
        (directory / "job.py").write_text(program, "utf-8")
    _git(directory, "init", "-q", "-b", "main")
    _git(directory, "add", "--all")
    # A person without a git identity still gets a commit; theirs is used when there is one.
    identity = () if _has_identity(directory) else _NOBODY
    _git(directory, *identity, "commit", "-q", "-m", "Start from the template")
    return _git(directory, "rev-parse", "HEAD")


def commit_file(directory: Path, name: str, message: str) -> str:
    """Commit one file as it lies there, beside whatever else is in the repository; the commit.

    Raises:
        Refused: `git-refused`: no git repository, or git does not take the file.
        Unavailable: `git-missing`.
    """
    _git(directory, "add", "--", name)
    if _git(directory, "status", "--porcelain", "--", name):
        identity = () if _has_identity(directory) else _NOBODY
        _git(directory, *identity, "commit", "-q", "-m", message, "--", name)
    return _git(directory, "rev-parse", "HEAD")


def describe_checkout(directory: Path) -> Checkout:
    """Folder, remotes, HEAD and whether there are changes besides, files without a commit too.

    Raises:
        Refused: no git repository with a commit.
    """
    names = _git(directory, "remote").split()
    return Checkout(
        top=Path(_git(directory, "rev-parse", "--show-toplevel")),
        remotes={name: _git(directory, "remote", "get-url", name) for name in names},
        commit=_git(directory, "rev-parse", "HEAD"),
        is_changed=bool(_git(directory, "status", "--porcelain")),
    )


def changed_files(directory: Path) -> tuple[str, ...]:
    """Files that git tracks and that are not as HEAD has them, staged ones too, in order.

    Raises:
        Refused: no git repository with a commit.
    """
    # `git diff` answers a folder without a repository with all of its usage.
    _git(directory, "rev-parse", "--git-dir")
    listed = git_bytes(directory, "diff", "--name-only", "-z", "HEAD", "--")
    return tuple(name.decode("utf-8", "replace") for name in listed.split(b"\0") if name)


def has_commit(directory: Path, commit: str) -> bool:
    """Whether the git repository that a folder lies in, if it does, has a commit."""
    try:
        return _git(directory, "cat-file", "-t", commit) == "commit"
    except Refused:
        # git's own word for either.
        return False


def checkout_at(directory: Path) -> Checkout | None:
    """What `describe_checkout` tells, or None where there is no git repository with a commit."""
    try:
        return describe_checkout(directory)
    except Refused:
        # git's own word for "not a repository"; who stands nowhere has named nothing.
        return None


def _has_identity(directory: Path) -> bool:
    try:
        return bool(_git(directory, "config", "user.email"))
    except Refused:
        # git answers an unset value with an error.
        return False


def _git(directory: Path, *arguments: str) -> str:
    return git_bytes(directory, *arguments).decode("utf-8", "replace").strip()


def git_bytes(directory: Path, *arguments: str, given: bytes = b"") -> bytes:
    """What the person's own git printed in their own repository; `given` is its standard input.

    Raises:
        Refused: `git-refused`. Unavailable: `git-missing`, `disk-full`.
    """
    program = shutil.which("git")
    if program is None:
        raise Unavailable("git-missing", "git is not installed.", "Install git.")
    done = subprocess.run(
        [program, "-C", str(directory), *arguments],
        input=given,
        capture_output=True,
        timeout=_GIT_SECONDS,
        env=os.environ | {"GIT_TERMINAL_PROMPT": "0"},
        check=False,
    )
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip()
        if quotes_full_disk(said):
            raise Unavailable(
                "disk-full",
                f"git {arguments[0]} in {directory} found no space on its disk.",
                "Make room on it, then try again.",
            )
        raise Refused(
            "git-refused",
            f"git {arguments[0]} in {directory} ended with {done.returncode}: {said[:200]}",
            "Give the directory of a git repository with at least one commit.",
        )
    return done.stdout
