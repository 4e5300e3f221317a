"""Trees that would leave the checkout, or never end: each is refused with its reason, and nothing
of it is written."""

from __future__ import annotations

from pathlib import Path

import pytest
from world.hostile_trees import REFUSED, Repository

from market.adapters.repository import FetchLimits, fetch_commit, parse_address, resolve
from market.errors import MarketError, Refused

pytestmark = pytest.mark.processes

LIMITS = FetchLimits(
    wall_seconds=20, maximum_bytes=1_000_000, memory_bytes=256 * 1024 * 1024, allow_file=True
)


@pytest.mark.parametrize("kind", REFUSED)
def test_tree_is_refused_and_nothing_is_left(tmp_path: Path, kind: str) -> None:
    make, code = REFUSED[kind]
    made = Repository(tmp_path / "job")
    url, commit = made.commit(make(made))
    fetched = tmp_path / "fetched"
    with pytest.raises(MarketError) as refused:
        fetch_commit(url, commit, fetched, LIMITS)
    assert (refused.value.code, type(refused.value)) == (code, Refused)
    assert sorted(tmp_path.iterdir()) == [fetched, tmp_path / "job"]
    assert not list(fetched.iterdir())


def test_pointer_to_a_large_file_is_not_followed(tmp_path: Path) -> None:
    made = Repository(tmp_path / "job")
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 9\n"
    rules = made.write("blob", b"* filter=lfs diff=lfs merge=lfs\n")
    tree = made.tree(
        ("100644", ".gitattributes", rules), ("100644", "large", made.write("blob", pointer))
    )
    fetch_commit(*made.commit(tree), tmp_path / "fetched", LIMITS)
    assert (tmp_path / "fetched" / "large").read_bytes() == pointer


def test_objects_of_another_repository_are_not_borrowed(tmp_path: Path) -> None:
    """A file of alternates in the commit is a file like any other."""
    made = Repository(tmp_path / "job")
    elsewhere = made.write("blob", b"/etc\n")
    tree = made.below("objects", made.below("info", made.tree(("100644", "alternates", elsewhere))))
    fetch_commit(*made.commit(tree), tmp_path / "fetched", LIMITS)
    assert (tmp_path / "fetched/objects/info/alternates").read_bytes() == b"/etc\n"


@pytest.mark.parametrize(
    "host",
    [
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "017700000001",
        "0177.0.0.1",
        "0",
        "localhost",
        "localhost.",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[fe80::1%25lo]",
        "127.0.0.1\u3002",
        "\u2460\u2461\u2466.0.0.1",
        "user@127.0.0.1",
        "example.org@127.0.0.1",
        "127.0.0.1\\@example.org",
        "127.0.0.1%00.example.org",
    ],
)
@pytest.mark.parametrize("port", ["", ":8443", ":22"])
def test_no_spelling_of_this_machine_is_taken(host: str, port: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_address(f"https://{host}{port}/job", allow_file=False, resolver=resolve)
    assert refused.value.code == "repository-address"
