"""Fetch one commit of a buyer's repository, trusting neither its address nor its content.

The address is parsed, never handed to git as it came: https only (file: where a setting allows
it), no user info, no query, a host that does not resolve to this machine or network, and `--`
before it. git follows no redirect, asks for no password, runs no hook, reads no configuration
but ours, and takes no submodule. A tree with a link or submodule in it is refused, so no path in
the checkout leads out of it. Files are written as they are in the commit, whatever attributes it
gives them. Time, memory, bytes and files have caps.
"""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from market.adapters.git import Git, GitFailed, can_pin, git_version
from market.adapters.public_addresses import is_public
from market.errors import Refused, Unavailable
from market.policy.commit import read_commit
from market.policy.repository_address import not_accepted, read_address

_REGULAR_MODES = frozenset({"100644", "100755"})
_MAXIMUM_FILES = 2_000
_LONGEST_PATH_BYTES = 1_000
_LONGEST_NAME_BYTES = 255
"""Of one name in a path: no file system of Linux keeps a longer one."""
_HTTPS_PORT = 443

Resolver = Callable[[str], list[str]]
"""Host name to the addresses it stands for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchLimits:
    """What a fetch may take. `allow_file` also admits file: addresses (tests and the demo).

    `maximum_bytes` bounds the pack, and the commit's files together; `memory_bytes` each process.
    """

    wall_seconds: int = 60
    maximum_bytes: int = 50_000_000
    memory_bytes: int = 1 << 30
    allow_file: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """A parsed address; `pinned` is git's curl option that keeps the host at the addresses that
    were checked, so that a second look-up cannot lead elsewhere."""

    url: str
    pinned: str


def resolve(host: str) -> list[str]:
    """The addresses of a host, in the system's order of preference.

    Raises:
        Unavailable: `repository-unreachable`: no such host.
    """
    try:
        found = socket.getaddrinfo(host, _HTTPS_PORT, type=socket.SOCK_STREAM)
    except OSError as error:
        raise Unavailable(
            "repository-unreachable",
            f"The host {host} was not found.",
            "Check the repository's address; submit again later.",
        ) from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def parse_address(url: str, *, allow_file: bool, resolver: Resolver = resolve) -> Source:
    """Check a repository's address.

    Raises:
        Refused: `repository-address`, naming the part that is not allowed.
        Unavailable: the host was not found.
    """
    address = read_address(url, allow_file=allow_file)
    if not address.host:
        return Source(address.url, "")
    addresses = ",".join(_public_addresses(address.host, resolver))
    return Source(address.url, f"{address.host}:{address.port}:{addresses}")


def local_source(directory: Path) -> Source:
    """A repository of this machine that the person named themselves; its name may hold anything."""
    return Source(directory.resolve().as_uri(), "")


def fetch_commit(
    url: str, commit: str, destination: Path, limits: FetchLimits, *, resolver: Resolver = resolve
) -> str:
    """Write the files of a commit under `destination`, which must not exist yet; returns the
    subject of its message.

    Raises:
        Refused: the address or commit is malformed, or see `check_out`.
        Unavailable: the repository does not answer, or git is not installed.
    """
    commit = read_commit(commit)
    source = parse_address(url, allow_file=limits.allow_file, resolver=resolver)
    return check_out(source, commit, destination, limits)


def check_out(source: Source, commit: str, destination: Path, limits: FetchLimits) -> str:
    """Write the files of a commit of a checked source under `destination`; returns the subject of
    its message.

    Raises:
        Refused: the commit is not in the repository, the tree holds links or submodules, or it is
            too large.
        Unavailable: the repository does not answer, or git is not installed or too old.
    """
    if source.pinned:
        _check_version(git_version())
    destination.mkdir(mode=0o700, parents=True)
    git_directory = destination.parent / f".{destination.name}.git"
    git = Git(
        git_directory,
        destination,
        options=_options(source),
        protocol=source.url.partition(":")[0],
        wall_seconds=limits.wall_seconds,
        maximum_bytes=limits.maximum_bytes,
        memory_bytes=limits.memory_bytes,
    )
    try:
        git.run("init", "-q")
        _fetch(git, source, commit)
        _check_tree(git.run("ls-tree", "-r", "-l", "-z", commit), limits)
        git.run("checkout", "-q", "--detach", commit)
        return git.run("log", "-1", "--format=%s", commit).decode("utf-8", "replace").strip()
    except GitFailed as failed:
        raise _explain(failed, commit) from failed
    finally:
        shutil.rmtree(git_directory, ignore_errors=True)


def _options(source: Source) -> dict[str, str]:
    options = {
        "core.hooksPath": os.devnull,
        "core.symlinks": "false",
        "fetch.fsckObjects": "true",
        "gc.auto": "0",
        "http.followRedirects": "false",
        "http.curloptResolve": source.pinned,
        "submodule.recurse": "false",
    }
    if source.url.startswith("file:"):
        # Another account may own a local repository; its hooks and filters stay off anyway.
        options["safe.directory"] = "*"
    return options


def _check_version(version: str) -> None:
    if not can_pin(version):
        raise Unavailable(
            "git-too-old",
            f"git is {version or 'of an unknown version'}: it cannot be kept at the addresses that "
            "were checked.",
            "Install git 2.37 or later.",
        )


def _fetch(git: Git, source: Source, commit: str) -> None:
    git.run("fetch", "-q", "--depth=1", "--no-tags", "--", source.url, commit)
    seen = git.run("rev-parse", "FETCH_HEAD").decode().strip()
    if seen != commit:
        raise Refused(
            "commit-unknown",
            f"The repository answered with {seen[:12]}, expected {commit[:12]}.",
            "Submit the hash of a commit, not of a tag.",
        )


def _check_tree(listing: bytes, limits: FetchLimits) -> None:
    entries = [entry for entry in listing.split(b"\0") if entry]
    if len(entries) > _MAXIMUM_FILES:
        raise _too_large(f"it has {len(entries)} files, expected at most {_MAXIMUM_FILES}")
    total = 0
    for entry in entries:
        head, path = entry.split(b"\t", 1)
        mode, _, _, size = head.decode().split()
        if mode not in _REGULAR_MODES:
            raise Refused(
                "repository-link",
                "The repository holds a symbolic link or a submodule.",
                "Replace it by the file itself; a job is built from plain files.",
            )
        _check_path(path)
        total += int(size)
    if total > limits.maximum_bytes:
        raise _too_large(f"its files have {total} bytes, expected {limits.maximum_bytes} at most")


def _check_path(path: bytes) -> None:
    longest = max(map(len, path.split(b"/")))
    if len(path) > _LONGEST_PATH_BYTES or longest > _LONGEST_NAME_BYTES:
        raise _too_large(
            f"a path in it has {len(path)} bytes and a name of {longest} in it, expected at most "
            f"{_LONGEST_PATH_BYTES} and {_LONGEST_NAME_BYTES}"
        )


def _public_addresses(host: str, resolver: Resolver) -> list[str]:
    """All addresses of a host, as curl takes them: it tries one after the other."""
    addresses = resolver(host)
    if not all(is_public(address) for address in addresses):
        raise not_accepted("its host lies on a private network")
    return [f"[{address}]" if ":" in address else address for address in addresses]


def unknown_commit(commit: str) -> Refused:
    """`commit-unknown`: what is said of a commit that is not in the repository."""
    return Refused(
        "commit-unknown",
        f"The repository has no commit {commit[:12]}.",
        "Push the commit, then submit its full hash.",
    )


def _explain(failed: GitFailed, commit: str) -> Refused | Unavailable:
    if failed.is_too_slow:
        return _too_large("it took too long to fetch")
    if failed.is_too_large:
        return _too_large("its pack, one object or the list of its files is over the limit")
    if "not our ref" in failed.words or "couldn't find remote ref" in failed.words:
        return unknown_commit(commit)
    if "fsck error" in failed.words:
        return Refused(
            "repository-malformed",
            f"The commit {commit[:12]} holds an object that git itself takes for malformed.",
            "Run git fsck in your checkout, which names it; submit a commit without it.",
        )
    return Unavailable(
        "repository-unreachable",
        "The repository could not be fetched.",
        "Check that the address can be read without a password; submit again later.",
    )


def _too_large(reason: str) -> Refused:
    return Refused(
        "repository-too-large",
        f"The repository is too large: {reason}.",
        "Submit a smaller repository; a job needs only its program.",
    )
