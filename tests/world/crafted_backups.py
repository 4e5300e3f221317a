"""Backups of an agent made under the right secret, of whatever archive one likes."""

from __future__ import annotations

import io
import secrets
import tarfile
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from crypto import keyfile
from crypto.secret import Secret

UNLOCK = Secret(b"copper-lantern-orchid-42")
_KEY = secrets.token_bytes(32)
_WRAPPED = keyfile.wrap_framed(Secret(_KEY), UNLOCK, kind="agent-backup")

Member = tuple[tarfile.TarInfo, bytes]


def member(name: str, data: bytes = b"x", **facts: object) -> Member:
    """One of an archive; `facts` are attributes of its TarInfo."""
    info = tarfile.TarInfo(name)
    info.size = len(data)
    for fact, value in facts.items():
        setattr(info, fact, value)
    return info, data


def packed(*members: Member) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for info, data in members:
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def sealed(archive: bytes, out: Path) -> Path:
    """`archive` as an agent's backup, opened by UNLOCK."""
    nonce = secrets.token_bytes(12)
    out.write_bytes(
        _WRAPPED + nonce + AESGCM(_KEY).encrypt(nonce, archive, b"market/agent-backup/1")
    )
    return out
