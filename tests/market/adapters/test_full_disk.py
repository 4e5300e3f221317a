"""A full disk is called so, whoever met it: the system, a copy of a folder, git."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from market.adapters.commit_tree import explain
from market.adapters.full_disk import file_failure
from market.adapters.git import GitFailed

FULL = os.strerror(errno.ENOSPC)


def test_of_a_copy_the_file_that_was_written_is_named() -> None:
    told = file_failure(OSError(errno.ENOSPC, FULL, "/source", None, "/written"))
    assert (told.code, "/written" in told.message, "/source" in told.message) == (
        "disk-full",
        True,
        False,
    )


@pytest.mark.parametrize(("reason", "code"), [(FULL, "disk-full"), ("Denied", "file-failed")])
def test_a_folder_that_was_not_copied_quotes_its_files(reason: str, code: str) -> None:
    copied = shutil.Error([("/source", "/written", f"[Errno 1] {reason}: '/written'")])
    assert file_failure(copied).code == code


@pytest.mark.parametrize(
    ("status", "words", "is_full"),
    [
        (128, f"fatal: write error: {FULL}\n", True),
        (1, f"error: copy-fd: write returned: {FULL}\nfatal: cannot copy it\n", True),
        (128, "", True),
        (1, "", False),
        (128, f"remote: fatal: write error: {FULL}\nfatal: early EOF\n", False),
        (128, f"error: invalid path 'x: {FULL}'\n", False),
    ],
)
def test_git_has_met_a_full_disk_by_its_own_word_or_by_none(
    status: int, words: str, is_full: bool
) -> None:
    failed = GitFailed(status, words)
    assert failed.is_disk_full is is_full
    assert (explain(failed, "ab" * 20).code == "disk-full") is is_full


def test_written_path_needs_no_text() -> None:
    told = file_failure(OSError(errno.ENOSPC, FULL, Path("/here")))
    assert told.message.startswith("/here: ")
