"""A buyer names one commit, for all to see and sign, and sends another's files under it."""

from __future__ import annotations

from pathlib import Path

import pytest
from world.bundles import git_bundle
from world.buyers_repository import HONEST, commit_program, git

from market.adapters.git_bundle import check_out_bundle
from market.adapters.repository import FetchLimits
from market.errors import MarketError

SPYING = f"# Not what was signed\n{HONEST}"


def test_bundle_of_another_commit_is_not_built(tmp_path: Path) -> None:
    signed = commit_program(tmp_path / "job", HONEST)
    commit_program(tmp_path / "job", SPYING)
    with pytest.raises(MarketError) as refused:
        check_out_bundle(git_bundle(tmp_path / "job"), signed, tmp_path / "files", FetchLimits())
    assert refused.value.code == "bundle-other-commit"


def test_of_two_commits_in_a_bundle_the_signed_one_is_built(tmp_path: Path) -> None:
    signed = commit_program(tmp_path / "job", HONEST)
    git(tmp_path / "job", "tag", "a-signed")
    commit_program(tmp_path / "job", SPYING)
    git(tmp_path / "job", "tag", "b-other")
    data = git_bundle(tmp_path / "job", "a-signed", "b-other")
    check_out_bundle(data, signed, tmp_path / "files", FetchLimits())
    assert (tmp_path / "files" / "job.py").read_text() == HONEST
