"""A backup of a few kilobytes is unpacked to more than the machine has."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
from world.crafted_backups import UNLOCK, member, packed, sealed

from market.errors import Refused
from market.vault.backup import restore


def with_a_hole() -> bytes:
    """A file larger than any address space, of which one byte is in the archive."""
    said = {"GNU.sparse.map": "0,1", "GNU.sparse.size": str(10**15), "GNU.sparse.name": "key"}
    return packed(member("key", pax_headers=said))


def compressed() -> bytes:
    return gzip.compress(packed(member("key", bytes(10_000_000))), mtime=0)


@pytest.mark.parametrize("make", [with_a_hole, compressed])
def test_no_more_is_unpacked_than_was_read(tmp_path: Path, make: Callable[[], bytes]) -> None:
    archive = sealed(make(), tmp_path / "agent.backup")
    with pytest.raises(Refused) as refused:
        restore(archive, tmp_path / "homes" / "agent", UNLOCK, keep_unlock=False)
    assert refused.value.code == "backup-invalid"
    assert set(tmp_path.rglob("*")) == {archive, tmp_path / "homes"}
