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
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from crypto.secret import Secret
from market.adapters.commit_tree import check_tree, explain
from market.adapters.git import Git, GitFailed, can_pin, git_version
from market.adapters.public_addresses import is_public
from market.errors import Refused, Unavailable
from market.policy.submission.commit import read_commit
from market.policy.submission.git_bundle import bundle_of_pack, bundle_too_large
from market.policy.submission.repository_address import not_accepted, read_address
from market.policy.submission.repository_token import authorization_of

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
    were checked, so that a second look-up cannot lead elsewhere.

    `authorization` is the header of a deploy token (market.policy.submission.repository_token); git
    reads it in its configuration, which lies in a directory of ours, never in arguments or
    environment.
    """

    url: str
    pinned: str
    authorization: str = field(default="", repr=False)


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
    url: str,
    commit: str,
    destination: Path,
    limits: FetchLimits,
    *,
    token: Secret | None = None,
    resolver: Resolver = resolve,
) -> str:
    """Write the files of a commit under `destination`, which must not exist yet; returns the
    subject of its message.

    Args:
        token: of a private repository, which its host alone is shown.

    Raises:
        Refused: the address or commit is malformed, or see `check_out`.
        Unavailable: the repository does not answer, or git is not installed.
    """
    commit = read_commit(commit)
    source = parse_address(url, allow_file=limits.allow_file, resolver=resolver)
    return check_out(_with_token(source, token), commit, destination, limits)


def fetch_bundle(
    url: str,
    commit: str,
    limits: FetchLimits,
    *,
    token: Secret | None = None,
    resolver: Resolver = resolve,
) -> bytes:
    """A commit of a repository as a git bundle, without its history.

    Raises:
        As `fetch_commit`.
    """
    commit = read_commit(commit)
    parsed = parse_address(url, allow_file=limits.allow_file, resolver=resolver)
    source = _with_token(parsed, token)
    with (
        tempfile.TemporaryDirectory(prefix="market-fetch-") as folder,
        _fetched(source, commit, Path(folder) / "files", limits) as git,
    ):
        # What git fetches into an empty repository is one pack (fetch.unpackLimit), of the one
        # commit (--depth=1).
        (pack,) = (git.directory / "objects" / "pack").glob("*.pack")
        data = bundle_of_pack(commit, pack.read_bytes())
    if len(data) > limits.maximum_bytes:
        raise bundle_too_large(len(data), limits.maximum_bytes)
    return data


def _with_token(source: Source, token: Secret | None) -> Source:
    """A source whose host is shown a token; a repository of this machine has no host."""
    if token is None or not source.pinned:
        return source
    return replace(source, authorization=authorization_of(token))


def check_out(source: Source, commit: str, destination: Path, limits: FetchLimits) -> str:
    """Write the files of a commit of a checked source under `destination`; returns the subject of
    its message.

    Raises:
        Refused: the commit is not in the repository, the tree holds links or submodules, or it is
            too large.
        Unavailable: the repository does not answer, or git is not installed or too old.
    """
    with _fetched(source, commit, destination, limits) as git:
        git.run("checkout", "-q", "--detach", commit)
        return git.run("log", "-1", "--format=%s", commit).decode("utf-8", "replace").strip()


@contextmanager
def _fetched(source: Source, commit: str, destination: Path, limits: FetchLimits) -> Iterator[Git]:
    """A repository that holds a commit of a checked source and nothing else, its tree checked."""
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
        check_tree(git.run("ls-tree", "-r", "-l", "-z", commit), limits.maximum_bytes)
        yield git
    except GitFailed as failed:
        raise explain(failed, commit, has_token=bool(source.authorization)) from failed
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
    if source.authorization:
        options["http.extraHeader"] = source.authorization
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


def _public_addresses(host: str, resolver: Resolver) -> list[str]:
    """All addresses of a host, as curl takes them: it tries one after the other."""
    addresses = resolver(host)
    if not all(is_public(address) for address in addresses):
        raise not_accepted("its host lies on a private network")
    return [f"[{address}]" if ":" in address else address for address in addresses]
