"""A backup that was made under the right secret and holds what no agent packs: it is refused with
its code, and nothing of it is left."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest
from world.crafted_backups import UNLOCK, member, packed, sealed

from market.errors import Refused
from market.vault.backup import restore


def link(kind: bytes) -> bytes:
    return packed(member("key", b"", type=kind, linkname="/etc/passwd"))


CRAFTED = {
    "name above": packed(member("../key")),
    "name from the root": packed(member("/tmp/key")),
    "name above in the middle": packed(member("a/../../key")),
    "symbolic link": link(tarfile.SYMTYPE),
    "hard link": link(tarfile.LNKTYPE),
    "device": link(tarfile.CHRTYPE),
    "pipe": link(tarfile.FIFOTYPE),
    "folder": link(tarfile.DIRTYPE),
    "name twice": packed(member("key"), member("key")),
    "file below a file": packed(member("key"), member("key/inner")),
    "cut short": packed(member("key", bytes(10_000)))[:2_000],
    "no archive": b"x" * 10_000,
}


@pytest.mark.parametrize("kind", CRAFTED)
def test_what_no_agent_packs_is_not_unpacked(tmp_path: Path, kind: str) -> None:
    archive = sealed(CRAFTED[kind], tmp_path / "agent.backup")
    with pytest.raises(Refused) as refused:
        restore(archive, tmp_path / "homes" / "agent", UNLOCK, keep_unlock=False)
    assert refused.value.code == "backup-invalid"
    assert set(tmp_path.rglob("*")) == {archive, tmp_path / "homes"}
