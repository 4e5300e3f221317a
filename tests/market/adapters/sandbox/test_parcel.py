"""What goes to a one-shot sandbox, and what comes back; and what neither end takes."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path
from typing import Any

import pytest

from crypto import canonical
from crypto.errors import FormatError
from market.adapters.sandbox.builds import Run
from market.adapters.sandbox.parcel import ParcelLimits, answer_of, pack, read_answer, unpack
from market.adapters.sandbox.run import Outcome
from market.errors import Refused
from market.plan.plan import MAXIMUM_PLAN_BYTES

LIMITS = ParcelLimits(files_bytes=1_000_000)


def member(name: str, **facts: Any) -> tuple[tarfile.TarInfo, bytes]:
    content: bytes = facts.pop("content", b"")
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for fact, value in facts.items():
        setattr(info, fact, value)
    return info, content


def a_parcel(*members: tuple[tarfile.TarInfo, bytes], first: str = "input.json") -> io.BytesIO:
    parcel = io.BytesIO()
    with tarfile.open(fileobj=parcel, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for info, content in (member(first, content=b"{}"), *members):
            tar.addfile(info, io.BytesIO(content))
    parcel.seek(0)
    return parcel


def refusal(parcel: io.BytesIO, work: Path) -> Refused:
    with pytest.raises(Refused) as refused:
        unpack(parcel, work, LIMITS)
    assert refused.value.code == "parcel-malformed"
    return refused.value


def test_tree_and_input_arrive_as_they_were(tmp_path: Path) -> None:
    repository, work = tmp_path / "sent", tmp_path / "work"
    (repository / "a" / "b").mkdir(parents=True)
    files = {"job.py": b"x = 1\n", "a/b/ä name": bytes(range(256)) * 300, "empty": b""}
    for name, content in files.items():
        (repository / name).write_bytes(content)
    (repository / "job.py").chmod(0o4755)
    parcel = io.BytesIO()
    pack(repository, b'{"of":"it"}', parcel)
    parcel.seek(0)
    work.mkdir()
    assert unpack(parcel, work, LIMITS) == b'{"of":"it"}'
    seen = {
        path.relative_to(work / "repository").as_posix(): path.read_bytes()
        for path in (work / "repository").rglob("*")
        if path.is_file()
    }
    assert seen == files
    assert not (work / "repository" / "job.py").stat().st_mode & 0o7111


def test_links_of_a_tree_do_not_travel(tmp_path: Path) -> None:
    (tmp_path / "sent").mkdir()
    (tmp_path / "sent" / "link").symlink_to("/etc/hostname")
    parcel = io.BytesIO()
    pack(tmp_path / "sent", b"{}", parcel)
    assert b"hostname" not in parcel.getvalue()


HOSTILE = {
    "a symbolic link": [member("repository/x", type=tarfile.SYMTYPE, linkname="/etc")],
    "a hard link": [member("repository/x", type=tarfile.LNKTYPE, linkname="input.json")],
    "a device": [member("repository/x", type=tarfile.CHRTYPE, devmajor=1, devminor=3)],
    "a block device": [member("repository/x", type=tarfile.BLKTYPE)],
    "a pipe": [member("repository/x", type=tarfile.FIFOTYPE)],
    "a contiguous file": [member("repository/x", type=tarfile.CONTTYPE)],
    "a sparse file": [
        member(
            "repository/x",
            content=b"1\n0\n1\n" + bytes(506) + b"x",
            pax_headers={
                "GNU.sparse.major": "1", "GNU.sparse.minor": "0",
                "GNU.sparse.name": "repository/x", "GNU.sparse.realsize": "1000000000000",
            },
        )
    ],
    "an absolute name": [member("/etc/cron.d/x", content=b"x")],
    "a name that leads out": [member("repository/../../x", content=b"x")],
    "a name that leads out at once": [member("../x", content=b"x")],
    "a name beside the tree": [member("sdk/market/plan/program.py", content=b"x")],
    "an empty part": [member("repository//x", content=b"x")],
    "a dot": [member("repository/./x", content=b"x")],
    "a name of nothing": [member("", content=b"x")],
    "the tree itself as a file": [member("repository", content=b"x")],
    "a file twice": [member("repository/x", content=b"x"), member("repository/x", content=b"y")],
    "a file in the place of a folder": [
        member("repository/x", content=b"x"),
        member("repository/x/y", content=b"y"),
    ],
    "a second input": [member("input.json", content=b"x")],
    "a name too long for a file": [member(f"repository/{'x' * 300}", content=b"x")],
    "folders without end": [member("repository/" + "d/" * 100 + "x", content=b"x")],
    "files without end": [member(f"repository/{n}") for n in range(10_001)],
    "more bytes than it may": [
        member(f"repository/{n}", content=bytes(20_000_000)) for n in range(4)
    ],
}  # fmt: skip


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_parcel_is_refused_and_writes_nothing_outside(tmp_path: Path, what: str) -> None:
    work = tmp_path / "work"
    work.mkdir()
    refused = refusal(a_parcel(*HOSTILE[what]), work)
    assert refused.message.isprintable()
    assert len(refused.message) < 300
    assert [path.name for path in tmp_path.iterdir()] == ["work"]
    assert {path.name for path in work.iterdir()} <= {"repository"}
    assert not any(path.is_symlink() for path in work.rglob("*"))


def test_what_does_not_begin_with_the_input_is_no_parcel(tmp_path: Path) -> None:
    assert "repository/job.py" in refusal(a_parcel(first="repository/job.py"), tmp_path).message


def test_what_is_no_tar_is_no_parcel(tmp_path: Path) -> None:
    whole = a_parcel(member("repository/job.py", content=b"x" * 5_000)).getvalue()
    for number, data in enumerate((b"", b"x" * 2_000, bytes(10_240), whole[:2_000], whole[:3_000])):
        work = tmp_path / str(number)
        work.mkdir()
        refusal(io.BytesIO(data), work)


def test_compressed_tar_is_no_parcel(tmp_path: Path) -> None:
    parcel = io.BytesIO()
    with tarfile.open(fileobj=parcel, mode="w:gz") as tar:
        info, content = member("input.json", content=b"{}")
        tar.addfile(info, io.BytesIO(content))
    parcel.seek(0)
    refusal(parcel, tmp_path)


def test_answer_comes_back_as_it_was() -> None:
    runs = (
        Run(Outcome(0, is_too_slow=False), b"\x00plan"),
        Run(Outcome(-9, is_too_slow=True), None),
    )
    assert read_answer(answer_of(runs)) == runs


A_RUN = {"status": 0, "too_slow": False, "document": "cGxhbg=="}


@pytest.mark.parametrize(
    "answer",
    [
        [],
        {},
        {"runs": [A_RUN]},
        {"runs": [A_RUN] * 3},
        {"runs": [A_RUN, "run"]},
        {"runs": [A_RUN, {**A_RUN, "more": 1}]},
        {"runs": [A_RUN, {**A_RUN, "status": True}]},
        {"runs": [A_RUN, {**A_RUN, "status": 10**6}]},
        {"runs": [A_RUN, {**A_RUN, "too_slow": 1}]},
        {"runs": [A_RUN, {**A_RUN, "document": 7}]},
        {"runs": [A_RUN, {**A_RUN, "document": "no base64"}]},
        {"runs": [A_RUN, {**A_RUN, "document": "A" * (4 * MAXIMUM_PLAN_BYTES // 3 + 8)}]},
    ],
    ids=str,
)
def test_what_is_no_answer_is_refused(answer: Any) -> None:
    with pytest.raises(FormatError):
        read_answer(canonical.dumps(answer))


def test_answer_that_is_not_canonical_is_refused() -> None:
    with pytest.raises(FormatError):
        read_answer(b'{"runs": []}')
