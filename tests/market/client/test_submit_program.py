"""A buyer sends the commit itself, and signs what is built again from the copy they keep."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from world.buyers_repository import commit_program, git
from world.declarations import COUNT
from world.live_union import LiveUnion, live_union

from crypto.identity import PublicKey
from crypto.secret import Secret
from market.adapters.git_bundle import check_out_bundle
from market.adapters.repository import FetchLimits
from market.client.http.api import PortalClient
from market.client.kept.home import ClientHome
from market.client.kept.kept_program import forget_ended, keep_program, kept_program
from market.client.kept.keys import Keyring
from market.client.questions.confirm_program import PersonSays, person_says
from market.client.questions.rebuild_plan import Nearby
from market.client.questions.repository import checkout_at
from market.client.questions.sign_request import review
from market.client.questions.submit_program import bundle_of, commit_here, copy_of, submit, token_in
from market.errors import MarketError, Refused, Unavailable
from market.policy.submission.bundle_address import bundle_address
from market.policy.submission.submission import Submission
from market.services.access.refresh_forms import refresh_forms
from market.services.compute.plan_job import plan_job

pytestmark = pytest.mark.processes

PROGRAM = 'def build(ds):\n    return {"people": ds.count()}\n'
LIMITS = FetchLimits()


class Sent:
    """A job whose program was sent, and is planned."""

    def __init__(self, market: LiveUnion, folder: Path) -> None:
        self.checkout = folder / "checkout"
        commit = commit_program(self.checkout, PROGRAM)
        market.programs.committed[commit] = COUNT
        self.home = ClientHome(folder / "client")
        key = Keyring(self.home, lambda: Secret(b"")).make_identity(None)
        self.signer: PublicKey = key.public
        market.people.set_identity_key("bob", key.public.hex)
        refresh_forms(market.platform, now=market.now)
        portal = market.client("bob", "client")
        self.bundle = bundle_of(self.checkout, commit_here(self.checkout))
        asked = Submission("", commit, "visits-north, visits-south", "0.5")
        told = submit(portal, self.home, asked, bundle=self.bundle)
        job = plan_job(market.platform, market.jobs.get(str(told["job"])), now=market.now)
        assert job.state == "planned", job.end
        self.shown = portal.get(f"jobs/{job.job}")


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sent]:
    folder = tmp_path_factory.mktemp("sent")
    with _market(folder) as market:
        yield Sent(market, folder)


@contextmanager
def _market(folder: Path) -> Iterator[LiveUnion]:
    with live_union(folder) as market:
        yield market


def test_plan_is_built_again_from_the_copy_that_was_kept(sent: Sent) -> None:
    assert sent.shown["repository"] == bundle_address(sent.bundle)
    assert kept_program(sent.home, sent.shown["job"]) == sent.bundle
    question = review(sent.home, sent.shown, LIMITS, signer=sent.signer, said=PersonSays())
    assert question.plan.statistics[0].name == "people"


def elsewhere(sent: Sent, folder: Path) -> ClientHome:
    """Another home of the same person, which has not submitted the job."""
    shutil.copytree(sent.home.path, folder, ignore=shutil.ignore_patterns("jobs"))
    return ClientHome(folder)


def test_another_home_builds_from_the_checkout_its_person_stands_in(
    sent: Sent, tmp_path: Path
) -> None:
    told = Submission(sent.shown["repository"], sent.shown["commit"], "", "")
    said = person_says(told, repository=None, commit=None, checkout=checkout_at(sent.checkout))
    home = elsewhere(sent, tmp_path / "home")
    nearby = Nearby(sent.checkout)
    review(home, sent.shown, LIMITS, signer=sent.signer, said=said, nearby=nearby)


def test_without_a_copy_and_without_a_checkout_nothing_is_signed(
    sent: Sent, tmp_path: Path
) -> None:
    home = elsewhere(sent, tmp_path / "home")
    said = PersonSays(sent.shown["repository"], sent.shown["commit"])
    with pytest.raises(Refused, match="program-not-here"):
        review(home, sent.shown, LIMITS, signer=sent.signer, said=said, nearby=Nearby(tmp_path))


def test_checkout_at_another_commit_is_not_taken_for_the_program(
    sent: Sent, tmp_path: Path
) -> None:
    other = commit_program(tmp_path / "other", f"# Another\n{PROGRAM}")
    told = Submission(sent.shown["repository"], sent.shown["commit"], "", "")
    checkout = checkout_at(tmp_path / "other")
    said = person_says(told, repository=None, commit=None, checkout=checkout)
    assert said.commit == other
    home = elsewhere(sent, tmp_path / "home")
    with pytest.raises(Refused, match="program-differs"):
        review(home, sent.shown, LIMITS, signer=sent.signer, said=said)


def test_changes_that_are_not_committed_are_named_and_refused(tmp_path: Path) -> None:
    commit = commit_program(tmp_path / "job", PROGRAM)
    (tmp_path / "job" / "notes.txt").write_text("untracked")
    assert commit_here(tmp_path / "job") == commit
    (tmp_path / "job" / "job.py").write_text("x = 1\n")
    with pytest.raises(Refused, match=r"changes-not-committed: .*job\.py"):
        commit_here(tmp_path / "job")
    git(tmp_path / "job", "add", "job.py")
    with pytest.raises(Refused, match="changes-not-committed"):
        commit_here(tmp_path / "job")


def test_folder_without_a_repository_is_named_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="git-refused") as refused:
        commit_here(tmp_path)
    assert "not a git repository" in refused.value.message
    assert "usage:" not in refused.value.message


@pytest.mark.parametrize(
    ("commit", "code"), [("main", "commit-malformed"), ("ab" * 20, "commit-not-here")]
)
def test_commit_that_is_not_there_is_not_sent(tmp_path: Path, commit: str, code: str) -> None:
    commit_program(tmp_path / "job", PROGRAM)
    with pytest.raises(MarketError, match=code):
        bundle_of(tmp_path / "job", commit)


def test_link_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    commit_program(tmp_path / "job", PROGRAM)
    (tmp_path / "job" / "link").symlink_to("job.py")
    commit = commit_program(tmp_path / "job", PROGRAM + "\n")
    with pytest.raises(Refused, match="repository-link"):
        bundle_of(tmp_path / "job", commit)


class LostReplies(PortalClient):
    """The portal takes what is posted; what it answers does not arrive."""

    def post(self, path: str, body: dict[str, Any], *, key: str = "") -> Any:
        super().post(path, body, key=key)
        raise Unavailable("portal-unavailable", "It hung up.", "Try again.")


def test_rerun_after_a_lost_reply_finds_its_job_and_the_next_is_a_new_one(tmp_path: Path) -> None:
    with _market(tmp_path) as market:
        commit = commit_program(tmp_path / "checkout", PROGRAM)
        market.programs.committed[commit] = COUNT
        home = ClientHome(tmp_path / "client")
        key = Keyring(home, lambda: Secret(b"")).make_identity(None)
        market.people.set_identity_key("bob", key.public.hex)
        refresh_forms(market.platform, now=market.now)
        portal = market.client("bob", "client")
        data = bundle_of(tmp_path / "checkout", commit)
        asked = Submission("", commit, "visits-north, visits-south", "0.5")
        lost = LostReplies(market.url, market.token("bob", "client"))
        for _ in range(2):
            with pytest.raises(Unavailable):
                submit(lost, home, asked, bundle=data)
        (first,) = market.jobs.of_buyer("bob", "submitted", limit=9)
        told = submit(portal, home, asked, bundle=data)
        assert (told["job"], told["repeated"]) == (first.job, True)
        assert kept_program(home, first.job) == data
        again = submit(portal, home, asked, bundle=data)
        assert again["job"] != first.job
        assert not again["repeated"]
        lost.close()


@pytest.mark.parametrize(
    ("file", "program", "code"),
    [
        ("notes.txt", "Nothing to run", "program-missing"),
        ("job.py", "def build(ds:\n", "program-syntax"),
    ],
)
def test_commit_of_which_no_plan_comes_is_not_sent(
    tmp_path: Path, file: str, program: str, code: str
) -> None:
    git(tmp_path, "init", "-q", "job")
    (tmp_path / "job" / file).write_text(program)
    git(tmp_path / "job", "add", "--all")
    git(tmp_path / "job", "commit", "-q", "-m", "No program")
    commit = commit_here(tmp_path / "job")
    with pytest.raises(Refused, match=code):
        bundle_of(tmp_path / "job", commit)
    address, limits = (tmp_path / "job").as_uri(), FetchLimits(allow_file=True)
    for folder in (tmp_path, tmp_path / "job"):
        with pytest.raises(Refused, match=code):
            copy_of(folder, address, commit, limits, None)


def test_malformed_submission_sends_nothing(tmp_path: Path) -> None:
    class Nobody:
        def send(self, *_: object) -> None:
            raise AssertionError("nothing is sent")

    commit = commit_program(tmp_path / "job", PROGRAM)
    asked = Submission("", commit, "visits", "much")
    data = bundle_of(tmp_path / "job", commit)
    with pytest.raises(Refused, match="epsilon-malformed"):
        submit(Nobody(), ClientHome(tmp_path / "home"), asked, bundle=data)  # type: ignore[arg-type]


def test_token_is_read_from_its_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("deploy-7:secret\n")
    assert token_in(file).reveal() == b"deploy-7:secret"
    with pytest.raises(Refused, match="repository-token-unreadable"):
        token_in(tmp_path / "nowhere")


def test_commit_of_a_repository_is_fetched_once_and_kept(tmp_path: Path) -> None:
    commit = commit_program(tmp_path / "job", PROGRAM)
    address, limits = (tmp_path / "job").as_uri(), FetchLimits(allow_file=True)
    data = copy_of(tmp_path, address, commit, limits, None)
    assert data is not None
    check_out_bundle(data, commit, tmp_path / "out" / "files", LIMITS)
    assert (tmp_path / "out" / "files" / "job.py").read_text() == PROGRAM
    assert copy_of(tmp_path / "job", address, commit, limits, None) == bundle_of(
        tmp_path / "job", commit
    )
    small = replace(limits, maximum_bytes=64)
    assert copy_of(tmp_path, address, commit, small, None) is None
    assert copy_of(tmp_path, address, "ab" * 20, limits, None) is None


def test_copy_is_kept_until_the_job_has_ended(tmp_path: Path) -> None:
    home = ClientHome(tmp_path)
    keep_program(home, "job-1", b"bundle")
    forget_ended(home, [{"job": "job-1", "state": "planned"}])
    assert kept_program(home, "job-1") == b"bundle"
    for _ in range(2):
        forget_ended(home, [{"job": "job-1", "state": "cancelled"}])
    assert kept_program(home, "job-1") is None
