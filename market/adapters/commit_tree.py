"""What a commit's files may be, wherever the commit came from: plain files, and not too many.

A tree with a link or submodule in it is refused, so no path in a checkout leads out of it.
"""

from __future__ import annotations

from market.adapters.git import GitFailed
from market.errors import Refused, Unavailable

_REGULAR_MODES = frozenset({"100644", "100755"})
_MAXIMUM_FILES = 2_000
_LONGEST_PATH_BYTES = 1_000
_LONGEST_NAME_BYTES = 255
"""Of one name in a path: no file system of Linux keeps a longer one."""
_DENIED = (
    "could not read Username",
    "Authentication failed",
    "returned error: 401",
    "returned error: 403",
    # Hosts say so of a private repository to whoever may not know that it is there.
    "returned error: 404",
    "not found",
)
"""How git tells that a host did not let it in."""


def check_tree(listing: bytes, maximum_bytes: int) -> None:
    """Return if every file of a commit is one that a job may be built from.

    Args:
        listing: what `git ls-tree -r -l -z` prints.
        maximum_bytes: of all files together.

    Raises:
        Refused: `repository-link`, `repository-too-large`.
    """
    entries = [entry for entry in listing.split(b"\0") if entry]
    if len(entries) > _MAXIMUM_FILES:
        raise too_large(f"it has {len(entries)} files, expected at most {_MAXIMUM_FILES}")
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
    if total > maximum_bytes:
        raise too_large(f"its files have {total} bytes, expected {maximum_bytes} at most")


def _check_path(path: bytes) -> None:
    longest = max(map(len, path.split(b"/")))
    if len(path) > _LONGEST_PATH_BYTES or longest > _LONGEST_NAME_BYTES:
        raise too_large(
            f"a path in it has {len(path)} bytes and a name of {longest} in it, expected at most "
            f"{_LONGEST_PATH_BYTES} and {_LONGEST_NAME_BYTES}"
        )


def unknown_commit(commit: str) -> Refused:
    """`commit-unknown`: what is said of a commit that is not in the repository."""
    return Refused(
        "commit-unknown",
        f"The repository has no commit {commit[:12]}.",
        "Push the commit, then submit its full hash.",
    )


def explain(failed: GitFailed, commit: str, *, has_token: bool = False) -> Refused | Unavailable:
    """Why git did not get at a commit, as far as its words are ours to tell.

    Args:
        has_token: whether the host was shown a deploy token.
    """
    if failed.is_disk_full:
        return Unavailable(
            "disk-full",
            f"The disk here is full: the commit {commit[:12]} could not be written.",
            "Make room on it, then try again.",
        )
    if failed.is_too_slow:
        return too_large("it took too long to fetch")
    if failed.is_too_large:
        return too_large("its pack, one object or the list of its files is over the limit")
    if "not our ref" in failed.words or "couldn't find remote ref" in failed.words:
        return unknown_commit(commit)
    if "fsck error" in failed.words:
        return Refused(
            "repository-malformed",
            f"The commit {commit[:12]} holds an object that git itself takes for malformed.",
            "Run git fsck in your checkout, which names it; submit a commit without it.",
        )
    if has_token and any(words in failed.words for words in _DENIED):
        return Refused(
            "repository-token-refused",
            "The repository's host did not let the deploy token read it.",
            "Nothing was spent. Make a token that may read this repository and has not expired, "
            "and submit again with it; or send the commit itself: market submit DIRECTORY.",
        )
    return Unavailable(
        "repository-unreachable",
        "The repository could not be fetched.",
        "Check that the address can be read without a password, or give a deploy token "
        "(--token-file), or send the commit itself: market submit DIRECTORY. Submit again later.",
    )


def too_large(reason: str) -> Refused:
    """`repository-too-large`: what is said of a repository that is over a cap."""
    return Refused(
        "repository-too-large",
        f"The repository is too large: {reason}.",
        "Submit a smaller repository; a job needs only its program.",
    )
