"""The programs a person worked on last, by their folders."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from market.client.kept.home import ClientHome
from market.client.questions.own_programs import (
    keep_own_program,
    open_program,
    own_program,
    own_programs,
)
from market.client.questions.repository import new_repository
from market.errors import NotFound, Refused, Unavailable


@pytest.fixture
def home(tmp_path: Path) -> ClientHome:
    return ClientHome(tmp_path / "home")


def program(root: Path, name: str) -> Path:
    folder = root / name
    folder.mkdir()
    (folder / "job.py").write_text("def build(ds): ...\n")
    return folder


def test_the_one_worked_on_last_is_first_and_is_there_once(
    home: ClientHome, tmp_path: Path
) -> None:
    one, other = (open_program(str(program(tmp_path, name)), "visits") for name in ("a", "b"))
    for each in (one, other, replace(one, dataset="stays")):
        keep_own_program(home, each)
    assert [(kept.folder, kept.dataset) for kept in own_programs(home)] == [
        (one.folder, "stays"),
        (other.folder, "visits"),
    ]
    assert own_program(home, other.number) == other
    assert other.text == "def build(ds): ...\n"


def test_another_s_number_is_none_of_them(home: ClientHome) -> None:
    with pytest.raises(NotFound, match="worked on last"):
        own_program(home, "0" * 16)


@pytest.mark.parametrize("kept", [b"", b"[1]", b"{}", b'[{"folder": 1}]', b"\xff"])
def test_a_damaged_list_holds_none(home: ClientHome, kept: bytes) -> None:
    home.path.mkdir()
    (home.path / "programs.json").write_bytes(kept)
    assert own_programs(home) == []


@pytest.mark.parametrize(
    "typed", ["", "  ", "/nowhere/at/all", "{root}", "{root}/file", "{root}/latin"]
)
def test_a_folder_without_a_program_is_refused(tmp_path: Path, typed: str) -> None:
    (tmp_path / "file").write_text("def build(ds): ...")
    (tmp_path / "latin").mkdir()
    (tmp_path / "latin" / "job.py").write_bytes(b"# caf\xe9")
    with pytest.raises(Refused) as refused:
        open_program(typed.format(root=tmp_path))
    assert refused.value.code == "no-program"


@pytest.mark.processes
@pytest.mark.parametrize("was_there", [True, False])
def test_a_repository_that_could_not_be_made_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, was_there: bool
) -> None:
    folder = tmp_path / "question"
    if was_there:
        folder.mkdir()
    with monkeypatch.context() as without_git:
        without_git.setenv("PATH", str(tmp_path))
        with pytest.raises(Unavailable, match="git-missing"):
            new_repository(folder)
    assert folder.exists() == was_there
    assert len(new_repository(folder)) == 40
