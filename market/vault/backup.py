"""One encrypted archive of an agent's directory, and an agent made of it.

    archive = length of key file (4 bytes, big endian) ‖ key file ‖ 12-byte nonce ‖ AES-256-GCM(tar)

The key file wraps a fresh 256-bit key under the agent's unlock secret (crypto.keyfile), so the
archive is as safe as that secret. The unlock file itself and ciphertext on its way to the portal
are not in it, nor the keys of sessions that are under way. The copy of the database is marked
before it is packed: a restored agent, however it was unpacked, releases nothing until
`market.agent.reconcile` has run.
"""

from __future__ import annotations

import io
import os
import shutil
import sqlite3
import tarfile
import tempfile
from contextlib import ExitStack
from pathlib import Path, PurePosixPath

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from crypto import keyfile
from crypto.errors import CryptoError
from crypto.secret import Secret
from market.adapters.full_disk import typed_disk_failures
from market.adapters.private_files import make_private_directory, write_private
from market.database.failures import typed_failures
from market.errors import Conflict, Refused
from market.vault.home import AgentHome, Entropy, open_home
from market.vault.store.opening import mark_unreconciled

_KIND = "agent-backup"
_AAD = b"market/agent-backup/1"
_NONCE_BYTES = 12
_NOT_PACKED = frozenset({"unlock", "outgoing", "sessions", "agent.count"})


def backup(home: AgentHome, out: Path, *, entropy: Entropy) -> None:
    """Write an archive of the agent's directory; it may run while the agent works.

    Raises:
        Conflict: `out` exists. Unavailable: the disk is full, or the store cannot be read.
    """
    if out.exists():
        raise Conflict("backup-exists", f"{out} exists already.", "Choose another name.")
    with typed_disk_failures("the backup"), typed_failures():
        packed = _pack(home)
    key, nonce = entropy(32), entropy(_NONCE_BYTES)
    wrapped = keyfile.wrap_framed(Secret(key), home.unlock, kind=_KIND)
    sealed = AESGCM(key).encrypt(nonce, packed, _AAD)
    with typed_disk_failures("the backup"):
        write_private(out, wrapped + nonce + sealed)


def restore(archive: Path, target: Path, unlock: Secret, *, keep_unlock: bool) -> AgentHome:
    """Make an agent's directory from an archive. The agent is unreconciled.

    Args:
        unlock: the content of the unlock file, or the passphrase.
        keep_unlock: whether `unlock` is a key file, to be kept in the directory as before.

    Raises:
        Conflict: `target` exists. Refused: `backup-invalid`.
    """
    if target.exists():
        raise Conflict("agent-exists", f"{target} exists already.", "Choose another directory.")
    packed = _open(archive.read_bytes(), unlock)
    make_private_directory(target.parent)
    staging = Path(tempfile.mkdtemp(prefix=".restore-", dir=target.parent))
    with ExitStack() as undo:
        undo.callback(shutil.rmtree, staging)
        _unpack(packed, staging)
        if keep_unlock:
            write_private(staging / "unlock", unlock.reveal())
        mark_unreconciled(staging / "agent.db")
        staging.rename(target)
        undo.pop_all()
    return open_home(target, passphrase=None if keep_unlock else unlock)


def _pack(home: AgentHome) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for path in sorted(home.path.rglob("*")):
            name = path.relative_to(home.path)
            if path.is_file() and _is_packed(name):
                _add(archive, str(name), path.read_bytes())
        _add(archive, "agent.db", _copy_database(home))
    return buffer.getvalue()


def _is_packed(name: Path) -> bool:
    return (
        name.parts[0] not in _NOT_PACKED
        and not name.name.startswith("agent.db")
        and not name.name.startswith(".")
    )


def _copy_database(home: AgentHome) -> bytes:
    with tempfile.TemporaryDirectory(dir=home.path, prefix=".backup-") as directory:
        path = Path(directory) / "agent.db"
        source = sqlite3.connect(home.database_path)
        copy = sqlite3.connect(path)
        try:
            source.backup(copy)
        finally:
            copy.close()
            source.close()
        mark_unreconciled(path)
        return path.read_bytes()


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(data), 0o600
    archive.addfile(member, io.BytesIO(data))


def _open(data: bytes, unlock: Secret) -> bytes:
    file = io.BytesIO(data)
    try:
        key = keyfile.unwrap_framed(file.read, unlock, kind=_KIND)
        nonce = file.read(_NONCE_BYTES)
        if len(nonce) < _NONCE_BYTES:
            raise _invalid("it is cut short")
        return AESGCM(key.reveal()).decrypt(nonce, file.read(), _AAD)
    except (CryptoError, InvalidTag) as error:
        raise _invalid(
            "it is altered or cut short, or the unlock file or passphrase is another"
        ) from error


def _unpack(packed: bytes, directory: Path) -> None:
    directory.chmod(0o700)
    try:
        # Not compressed, no file with holes: what is unpacked is no more than what was read.
        with tarfile.open(fileobj=io.BytesIO(packed), mode="r:") as archive:
            for member in archive:
                _write(directory / _name_of(member), _content_of(archive, member))
    except (tarfile.TarError, FileExistsError, NotADirectoryError) as error:
        raise _invalid("it is no archive of plain files, each with its own name") from error


def _name_of(member: tarfile.TarInfo) -> PurePosixPath:
    name = PurePosixPath(member.name)
    is_plain = member.isfile() and not member.issparse()
    if not is_plain or name.is_absolute() or ".." in name.parts or "\0" in member.name:
        raise _invalid(f"it holds {member.name!r:.80}, expected plain files only")
    return name


def _content_of(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    content = archive.extractfile(member)
    if content is None:
        raise _invalid(f"{member.name!r:.80} has no content")
    return content.read()


def _write(path: Path, data: bytes) -> None:
    make_private_directory(path.parent)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)


def _invalid(reason: str) -> Refused:
    return Refused(
        "backup-invalid",
        f"The backup cannot be restored: {reason}.",
        "Take another archive, or the unlock file it was made under.",
    )
