"""Whose program runs: what the person said, where they stand, and what the platform says."""

from __future__ import annotations

from pathlib import Path

import pytest
from world.buyers_repository import HONEST, commit_program, git

from market.client.questions.confirm_program import PersonSays, person_says, require_confirmed
from market.client.questions.repository import checkout_at, same_repository
from market.errors import Refused
from market.policy.submission.submission import Submission

pytestmark = pytest.mark.processes

URL = "https://git.example.org/team/job.git"
COMMIT, OTHER = "ab" * 20, "cd" * 20
TOLD = Submission(URL, COMMIT, "visits", "1")


def test_person_who_named_both_is_taken_by_their_word() -> None:
    said = person_says(TOLD, repository=URL, commit=COMMIT.upper() + "\n", checkout=None)
    assert said == PersonSays(URL, COMMIT)
    require_confirmed("job-1", TOLD, said)


@pytest.mark.parametrize(
    "said", [PersonSays(), PersonSays(URL), PersonSays("", COMMIT)], ids=lambda said: str(said)
)
def test_what_nobody_named_is_not_confirmed(said: PersonSays) -> None:
    with pytest.raises(Refused) as caught:
        require_confirmed("job-1", TOLD, said)
    assert caught.value.code == "program-unconfirmed"
    assert COMMIT not in str(caught.value)


@pytest.mark.parametrize(
    "said",
    [PersonSays(URL, OTHER), PersonSays("https://evil.example/team/job.git", COMMIT)],
    ids=["commit", "repository"],
)
def test_another_program_than_the_persons_is_refused(said: PersonSays) -> None:
    with pytest.raises(Refused) as caught:
        require_confirmed("job-1", TOLD, said)
    assert caught.value.code == "program-differs"


@pytest.mark.parametrize(
    "origin",
    [URL, URL.removesuffix(".git"), "git@git.example.org:team/job.git",
     "ssh://git@git.example.org/team/job"],
)  # fmt: skip
def test_checkout_of_the_repository_names_its_commit(tmp_path: Path, origin: str) -> None:
    commit = commit_program(tmp_path / "job", HONEST)
    git(tmp_path / "job", "remote", "add", "origin", origin)
    checkout = checkout_at(tmp_path / "job")
    said = person_says(TOLD, repository=None, commit=None, checkout=checkout)
    assert said == PersonSays(URL, commit)


def test_checkout_of_another_repository_names_nothing(tmp_path: Path) -> None:
    commit_program(tmp_path / "job", HONEST)
    git(tmp_path / "job", "remote", "add", "origin", "https://git.example.org/team/other.git")
    checkout = checkout_at(tmp_path / "job")
    assert person_says(TOLD, repository=None, commit=None, checkout=checkout) == PersonSays()


def test_checkout_is_of_its_own_address(tmp_path: Path) -> None:
    commit = commit_program(tmp_path / "job", HONEST)
    told = Submission(f"file://{tmp_path}/job", commit, "visits", "1")
    checkout = checkout_at(tmp_path / "job")
    assert person_says(told, repository=None, commit=None, checkout=checkout).commit == commit


def test_folder_without_git_is_no_checkout(tmp_path: Path) -> None:
    assert checkout_at(tmp_path) is None


@pytest.mark.parametrize(
    "other",
    ["https://git.example.org/team/jobs.git", "https://git.example.com/team/job.git",
     "git@git.example.org:other/job.git", "/team/job", ""],
)  # fmt: skip
def test_other_repositories_are_not_the_same(other: str) -> None:
    assert not same_repository(URL, other)
