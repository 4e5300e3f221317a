"""Programs that arrive as git bundles: by the rules of a fetch, and whole, or not at all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from world.builders import an_input
from world.bundles import git_bundle, packed
from world.buyers_repository import HONEST, commit_program, git
from world.hostile_trees import REFUSED, Repository

from market.adapters.git_bundle import check_out_bundle
from market.adapters.plan_builder import SandboxPlanBuilder
from market.adapters.repository import FetchLimits
from market.adapters.sandbox.builds import BuildsHere, InSandbox
from market.adapters.sandbox.run import SandboxLimits
from market.client.questions.submit_program import bundle_of
from market.errors import MarketError, Refused
from market.policy.submission.git_bundle import read_bundle
from market.ports.stages import Access

pytestmark = pytest.mark.processes

LIMITS = FetchLimits(wall_seconds=20, maximum_bytes=1_000_000, memory_bytes=256 * 1024 * 1024)


class Job:
    """A repository of two commits."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.first = commit_program(folder, HONEST)
        self.second = commit_program(folder, f"# Asked again\n{HONEST}")


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(tmp_path / "job")


def refusal(data: bytes, commit: str, place: Path, limits: FetchLimits = LIMITS) -> str:
    """The code that a bundle is refused with; nothing of it is left but an empty folder."""
    before = set(place.iterdir())
    files = place / "files"
    with pytest.raises(MarketError) as refused:
        check_out_bundle(data, commit, files, limits)
    assert isinstance(refused.value, Refused)
    assert set(place.iterdir()) - before <= {files}
    if files.exists():
        # Only where it was empty.
        files.rmdir()
    return refused.value.code


def test_files_are_those_of_the_commit_whichever_way_it_was_bundled(
    job: Job, tmp_path: Path
) -> None:
    for number, data in enumerate((git_bundle(job.folder), bundle_of(job.folder, job.second))):
        place = tmp_path / str(number)
        check_out_bundle(data, job.second, place, LIMITS)
        assert [path.name for path in place.iterdir()] == ["job.py"]
        assert (place / "job.py").read_text() == f"# Asked again\n{HONEST}"


def test_client_sends_a_commit_without_its_history(job: Job) -> None:
    data = bundle_of(job.folder, job.second)
    assert read_bundle(data).commits == (job.second,)
    assert len(data) < len(git_bundle(job.folder))


def test_checkout_without_history_can_be_sent(job: Job, tmp_path: Path) -> None:
    shallow = tmp_path / "shallow"
    git(job.folder, "clone", "-q", "--depth=1", f"file://{job.folder}", str(shallow))
    check_out_bundle(bundle_of(shallow, job.second), job.second, tmp_path / "files", LIMITS)


def test_plan_of_a_bundle_is_that_of_the_repository(job: Job) -> None:
    builder = SandboxPlanBuilder(
        replace(LIMITS, allow_file=True, memory_bytes=1 << 30),
        BuildsHere(InSandbox(SandboxLimits())),
    )
    sent = Access(bundle=bundle_of(job.folder, job.second))
    assert builder.build("bundle:", job.second, an_input(), sent) == builder.build(
        f"file://{job.folder}", job.second, an_input()
    )


@pytest.mark.parametrize("kind", REFUSED)
def test_tree_is_refused_as_if_it_were_fetched(tmp_path: Path, kind: str) -> None:
    make, code = REFUSED[kind]
    made = Repository(tmp_path / "job")
    _, commit = made.commit(make(made))
    listed = git(tmp_path / "job", "cat-file", "--batch-check", "--batch-all-objects")
    objects = [line.split()[0] for line in listed.splitlines()]
    data = packed(tmp_path / "job", *objects, named=commit)
    with pytest.raises(MarketError) as refused:
        check_out_bundle(data, commit, tmp_path / "files", LIMITS)
    assert (refused.value.code, type(refused.value)) == (code, Refused)
    assert not list((tmp_path / "files").iterdir())


def test_bundle_of_another_commit_is_refused(job: Job, tmp_path: Path) -> None:
    assert refusal(git_bundle(job.folder), "ab" * 20, tmp_path) == "bundle-other-commit"
    # Its history has the commit, but no name of it leads there: it was made of another.
    assert refusal(git_bundle(job.folder), job.first, tmp_path) == "bundle-other-commit"


def test_bundle_that_builds_on_other_commits_is_refused(job: Job, tmp_path: Path) -> None:
    data = git_bundle(job.folder, "HEAD", f"^{job.first}")
    assert refusal(data, job.second, tmp_path) == "bundle-incomplete"


def test_name_that_leads_to_what_is_not_in_the_pack_is_refused(job: Job, tmp_path: Path) -> None:
    data = bundle_of(job.folder, job.second).replace(job.second.encode(), b"ab" * 20)
    assert refusal(data, "ab" * 20, tmp_path) == "bundle-malformed"


def test_name_that_leads_to_a_file_is_refused(job: Job, tmp_path: Path) -> None:
    blob = git(job.folder, "rev-parse", "HEAD:job.py")
    assert refusal(packed(job.folder, blob, named=blob), blob, tmp_path) == "bundle-malformed"


def test_commit_without_its_files_is_refused(job: Job, tmp_path: Path) -> None:
    data = packed(job.folder, job.second, named=job.second)
    assert refusal(data, job.second, tmp_path) == "bundle-malformed"


def test_damaged_bundle_is_refused(job: Job, tmp_path: Path) -> None:
    data = bundle_of(job.folder, job.second)
    header = len(data) - len(read_bundle(data).pack)
    damaged = {
        "cut short": data[:-30],
        "a bit flipped": data[:-60] + bytes([data[-60] ^ 1]) + data[-59:],
        "more behind it": data + b"more",
        "no pack": data[:header],
        "header alone": data[: header - 1],
        "nothing": b"",
        "another version": data.replace(b"v2", b"v3", 1),
        "a name too few": data.replace(b" refs/heads/program", b"", 1),
        "endless header": data[:16] + b"0" * 100_000,
    }
    codes = {kind: refusal(bytes_, job.second, tmp_path) for kind, bytes_ in damaged.items()}
    assert codes == dict.fromkeys(damaged, "bundle-malformed")


def test_large_bundle_is_refused_before_git_sees_it(job: Job, tmp_path: Path) -> None:
    small = replace(LIMITS, maximum_bytes=100)
    data = bundle_of(job.folder, job.second)
    assert refusal(data, job.second, tmp_path, small) == "bundle-too-large"


def test_small_bundle_of_large_files_is_refused(tmp_path: Path) -> None:
    made = Repository(tmp_path / "job")
    _, commit = made.commit(made.tree(("100644", "a", made.write("blob", bytes(3_000_000)))))
    listed = git(tmp_path / "job", "rev-list", "--objects", "--no-object-names", commit).split()
    data = packed(tmp_path / "job", *listed, named=commit)
    assert len(data) < 10_000
    assert refusal(data, commit, tmp_path) == "repository-too-large"
