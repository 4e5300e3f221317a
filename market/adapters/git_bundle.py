"""A commit as a git bundle: read where nobody trusts it, and made from a person's own checkout.

The header is read by market.policy.submission.git_bundle, never by git. The pack is
indexed by git with every check of a fetch (`index-pack --strict`), in a repository that holds
nothing else and is told that the commit has no parents here. So the commit is what its hash says,
its files are all there, and its history may be left out: where it is sent it is checked as well.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from market.adapters.commit_tree import check_tree, explain
from market.adapters.git import Git, GitFailed
from market.adapters.repository import FetchLimits
from market.errors import Refused, Unavailable
from market.policy.submission.git_bundle import bundle_too_large, malformed, read_bundle

_OPTIONS: Final[Mapping[str, str]] = {
    "core.hooksPath": os.devnull,
    "core.symlinks": "false",
    "gc.auto": "0",
    "submodule.recurse": "false",
}


def check_out_bundle(data: bytes, commit: str, destination: Path, limits: FetchLimits) -> str:
    """Write the files of a bundle's commit under `destination`, which must not exist yet; returns
    the subject of its message.

    Raises:
        Refused: as `Bundle.pack_with`; or the pack is damaged or lacks a file, the tree holds links
            or submodules, or it is too large.
        Unavailable: git is not installed.
    """
    if len(data) > limits.maximum_bytes:
        raise bundle_too_large(len(data), limits.maximum_bytes)
    pack = read_bundle(data).pack_with(commit)
    destination.mkdir(mode=0o700, parents=True)
    git_directory = destination.parent / f".{destination.name}.git"
    git = Git(
        git_directory,
        destination,
        options=_OPTIONS,
        protocol="none",
        wall_seconds=limits.wall_seconds,
        maximum_bytes=limits.maximum_bytes,
        memory_bytes=limits.memory_bytes,
    )
    try:
        git.run("init", "-q")
        _index(git, git_directory, pack, commit)
        check_tree(git.run("ls-tree", "-r", "-l", "-z", commit), limits.maximum_bytes)
        git.run("checkout", "-q", "--detach", commit)
        return git.run("log", "-1", "--format=%s", commit).decode("utf-8", "replace").strip()
    except GitFailed as failed:
        raise _explain(failed, commit) from failed
    finally:
        shutil.rmtree(git_directory, ignore_errors=True)


def _index(git: Git, git_directory: Path, pack: bytes, commit: str) -> None:
    file = git_directory / "objects" / "pack" / "pack-program.pack"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(pack)
    # Its parents need not be there, and are not looked for.
    (git_directory / "shallow").write_text(f"{commit}\n")
    git.run("index-pack", "--strict", str(file))
    if git.run("cat-file", "-t", commit).strip() != b"commit":
        raise malformed("what the job names in it is no commit")


def _explain(failed: GitFailed, commit: str) -> Refused | Unavailable:
    """Nothing was fetched: whatever else git says is said of the bundle."""
    known = explain(failed, commit)
    if failed.is_disk_full or "fsck error" in failed.words or isinstance(known, Refused):
        return known
    return malformed("git cannot read its pack, or a file of the commit is not in it")
