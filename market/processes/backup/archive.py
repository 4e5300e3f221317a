"""The platform's backup: one encrypted file of lines, read and written as a stream.

    file  = length of key file (4 bytes, big endian) ‖ key file ‖ 7-byte prefix ‖ sealed lines

The key file (crypto.keyfile) wraps a fresh 256-bit key under a passphrase; crypto.sealed_stream has
the rest. Every line is canonical JSON. The first is the head; then for each table a line with its
name and columns, a line for each row, and one that counts them; the last says how many tables there
were. FORMATS.md beside this file has their members.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, Final

from crypto import canonical
from crypto.errors import CryptoError, FormatError
from crypto.keyfile import unwrap_framed, wrap_framed
from crypto.sealed_stream import PREFIX_BYTES, seal, unseal
from crypto.secret import Secret
from market.adapters.full_disk import typed_disk_failures
from market.adapters.private_files import write_private_new
from market.errors import Conflict, NotFound, Refused

Entropy = Callable[[int], bytes]

TAG: Final = "market/platform-backup/1"
_KIND: Final = "platform-backup"
_KEY_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Head:
    """What a backup says before its rows.

    Attributes:
        made_at: unix seconds.
        revision: of the database whose rows follow (market.database.revision).
        identity: the platform's public key, in hex.
        secrets: the text of each of the platform's secrets, by name.
        settings: market.toml as it was; empty where there was none.
    """

    MEMBERS: ClassVar = {"identity", "made_at", "revision", "secrets", "settings", "tag"}

    made_at: int
    revision: str
    identity: str
    secrets: dict[str, Secret]
    settings: str

    def line(self) -> bytes:
        """The first line of a backup."""
        document = {
            "identity": self.identity,
            "made_at": self.made_at,
            "revision": self.revision,
            "secrets": {name: text.reveal().decode() for name, text in self.secrets.items()},
            "settings": self.settings,
            "tag": TAG,
        }
        return canonical.dumps(document) + b"\n"


def write_archive(out: Path, lines: Iterable[bytes], unlock: Secret, *, entropy: Entropy) -> None:
    """Write a file of mode 0600, whole or not at all.

    Raises:
        Conflict: `backup-exists`. Unavailable: `disk-full`, `disk-failed`.
    """
    key, prefix = Secret(entropy(_KEY_BYTES)), entropy(PREFIX_BYTES)

    def parts() -> Iterator[bytes]:
        yield wrap_framed(key, unlock, kind=_KIND) + prefix
        yield from seal(lines, key, prefix, associated=TAG.encode())

    try:
        with typed_disk_failures("the backup"):
            write_private_new(out, parts())
    except FileExistsError as error:
        raise Conflict("backup-exists", f"{out} exists already.", "Choose another name.") from error


@contextmanager
def open_archive(archive: Path, unlock: Secret) -> Iterator[tuple[Head, Iterator[bytes]]]:
    """The head, and the lines after it; what is read of them is authentic, and whole once the last
    was read.

    Raises:
        NotFound: `no-backup`. Refused: `backup-invalid`: altered, cut short, of another kind, or
            locked with another passphrase; also while the lines are read.
    """
    try:
        file = archive.open("rb")
    except OSError as error:
        raise NotFound(
            "no-backup", f"{archive} cannot be read: {error.strerror}.", "Name a backup's file."
        ) from error
    with file, refusing_what_is_malformed():
        lines = _lines(_opened(file, unlock))
        yield _head(next(lines)), lines


@contextmanager
def refusing_what_is_malformed() -> Iterator[None]:
    """Errors of a format, a key file or a signature, as refusals of the backup."""
    try:
        yield
    except CryptoError as error:
        raise invalid(str(error)) from error


def invalid(reason: str) -> Refused:
    """The refusal of a backup."""
    return Refused(
        "backup-invalid",
        f"The backup cannot be restored: {reason}.",
        "Take another backup, or the passphrase it was made under.",
    )


def member(line: bytes, *names: str) -> Any:
    """The members of a line that is an object with exactly these names, in their order.

    Raises:
        FormatError: another line.
    """
    document = canonical.loads(line.removesuffix(b"\n"))
    if not isinstance(document, dict) or set(document) != set(names):
        raise FormatError(f"line of a backup: expected the members {', '.join(names)}")
    return tuple(document[name] for name in names)


def _opened(file: BinaryIO, unlock: Secret) -> Iterator[bytes]:
    key = unwrap_framed(file.read, unlock, kind=_KIND)
    return unseal(file.read, key, file.read(PREFIX_BYTES), associated=TAG.encode())


def _lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    held: list[bytes] = []
    for block in blocks:
        *ended, rest = block.split(b"\n")
        for part in ended:
            yield b"".join((*held, part, b"\n"))
            held.clear()
        held.append(rest)
    if any(held):
        raise FormatError("the last line of a backup has no end")


def _head(line: bytes) -> Head:
    names = sorted(Head.MEMBERS)
    identity, made_at, revision, secrets, settings, tag = member(line, *names)
    if tag != TAG:
        raise FormatError(f"a backup has the tag {tag!r:.60}, expected {TAG!r}")
    texts = [identity, revision, settings, *secrets.values()]
    if not all(isinstance(text, str) for text in texts) or not isinstance(made_at, int):
        raise FormatError("the head of a backup: members of another type")
    wrapped = {name: Secret(text.encode()) for name, text in secrets.items()}
    return Head(made_at, revision, identity, wrapped, settings)
