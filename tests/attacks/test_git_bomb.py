"""A repository of a few kilobytes takes all memory of whoever fetches it, platform or buyer."""

from __future__ import annotations

from pathlib import Path

import pytest
from world.bomb_repositories import object_of_pieces, tree_of_trees

from market.adapters.repository import FetchLimits, fetch_commit
from market.errors import Refused

LIMITS = FetchLimits(
    wall_seconds=20, maximum_bytes=1_000_000, memory_bytes=256 * 1024 * 1024, allow_file=True
)


def test_object_that_is_a_list_of_pieces_is_not_unfolded(tmp_path: Path) -> None:
    commit = object_of_pieces(tmp_path / "job", pieces=20)
    with pytest.raises(Refused, match="one object or the list") as refused:
        fetch_commit(f"file://{tmp_path}/job", commit, tmp_path / "fetched", LIMITS)
    assert refused.value.code == "repository-too-large"


def test_tree_of_trees_is_not_listed_to_its_end(tmp_path: Path) -> None:
    commit = tree_of_trees(tmp_path / "job", levels=5)
    with pytest.raises(Refused, match="one object or the list") as refused:
        fetch_commit(f"file://{tmp_path}/job", commit, tmp_path / "fetched", LIMITS)
    assert refused.value.code == "repository-too-large"
