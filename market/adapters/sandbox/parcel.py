"""What goes to a one-shot sandbox, and what comes back; both ends take the other for hostile.

There goes a tar (POSIX ustar or pax): first `input.json`, then plain files and folders below
`repository/`. Links, devices, absolute names, names with `..` or an empty part, a name that comes
twice, and more than the bounds, are refused before anything is run. Modes and owners are dropped.

Back comes canonical JSON, `{"runs": [first, second]}`, each with the exit status, whether it was
too slow, and its document in base64 or null.
"""

from __future__ import annotations

import base64
import binascii
import errno
import io
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from crypto import canonical
from crypto.canonical import Json
from crypto.errors import FormatError
from market.adapters.sandbox.builds import INPUT_NAME, REPOSITORY, Run
from market.adapters.sandbox.exchange import full, malformed
from market.adapters.sandbox.run import Outcome
from market.plan.plan import MAXIMUM_PLAN_BYTES

_MOST_MEMBERS: Final = 10_000
_DEEPEST: Final = 64
_LONGEST_NAME: Final = 4_096
_INPUT_BYTES: Final = 64 * 1024 * 1024
_HEADERS_BYTES: Final = _MOST_MEMBERS * 4 * tarfile.BLOCKSIZE
_PIECE_BYTES: Final = 1 << 16
_FULL: Final = (errno.ENOSPC, errno.EDQUOT)
ANSWER_BYTES: Final = 2 * (4 * MAXIMUM_PLAN_BYTES // 3) + 1_000
"""More than any answer has."""


@dataclass(frozen=True, slots=True)
class ParcelLimits:
    """`files_bytes` bounds the files of the repository together."""

    files_bytes: int = 50_000_000

    @property
    def parcel_bytes(self) -> int:
        """More than any parcel within them has, its headers too."""
        return self.files_bytes + _INPUT_BYTES + _HEADERS_BYTES


def pack(repository: Path, asked: bytes, parcel: BinaryIO) -> None:
    """Write the parcel of a checked-out tree, which holds plain files alone, and an input."""
    with tarfile.open(fileobj=parcel, mode="w", format=tarfile.PAX_FORMAT) as tar:
        _add(tar, INPUT_NAME, io.BytesIO(asked), len(asked))
        folder = tarfile.TarInfo(REPOSITORY)
        folder.type = tarfile.DIRTYPE
        tar.addfile(folder)
        for path in sorted(repository.rglob("*")):
            if path.is_file() and not path.is_symlink():
                name = f"{REPOSITORY}/{path.relative_to(repository).as_posix()}"
                with path.open("rb") as file:
                    _add(tar, name, file, path.stat().st_size)


def _add(tar: tarfile.TarFile, name: str, file: BinaryIO, size: int) -> None:
    member = tarfile.TarInfo(name)
    member.size = size
    tar.addfile(member, file)


def unpack(parcel: BinaryIO, work: Path, limits: ParcelLimits) -> bytes:
    """Write the tree to `work/repository`, which must not exist yet; returns the input.

    Raises:
        Refused: `parcel-malformed`, with what was seen; part of it may be written.
        Unavailable: `sandbox-full`: there is no room for it here.
    """
    try:
        with tarfile.open(fileobj=parcel, mode="r:") as tar:
            members = _checked(tar, limits)
            first = next(members)
            if first.name != INPUT_NAME or not first.isreg():
                raise malformed(f"it begins with {first.name:.100}")
            asked = _content(tar, first).read()
            (work / REPOSITORY).mkdir()
            for member in members:
                _write(tar, member, work)
    except OSError as error:
        if error.errno in _FULL:
            raise full() from error
        raise malformed(type(error).__name__) from error
    except (tarfile.TarError, StopIteration, ValueError, EOFError) as error:
        raise malformed(type(error).__name__) from error
    return asked


def _checked(tar: tarfile.TarFile, limits: ParcelLimits) -> Iterator[tarfile.TarInfo]:
    seen: set[str] = set()
    total_bytes = 0
    for member in tar:
        total_bytes += member.size
        if member.name in seen:
            raise malformed(f"{member.name:.100} comes twice")
        if member.type not in (tarfile.REGTYPE, tarfile.DIRTYPE) or member.issparse():
            raise malformed(f"{member.name:.100} is neither a plain file nor a folder")
        if len(seen) >= _MOST_MEMBERS or total_bytes > limits.files_bytes + _INPUT_BYTES:
            raise malformed(f"it holds more than {_MOST_MEMBERS} files, or too many bytes")
        seen.add(member.name)
        yield member


def _write(tar: tarfile.TarFile, member: tarfile.TarInfo, work: Path) -> None:
    parts = member.name.split("/")
    is_below = parts[0] == REPOSITORY and not {"", ".", ".."}.intersection(parts)
    if not is_below or len(parts) > _DEEPEST or len(member.name) > _LONGEST_NAME:
        raise malformed(f"{member.name:.100} does not lie below {REPOSITORY}")
    if "\0" in member.name or "\\" in member.name:
        raise malformed("a name holds a character that no file has")
    path = work.joinpath(*parts)
    if member.isdir():
        path.mkdir(parents=True, exist_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    content = _content(tar, member)
    # Not there yet: nothing is written over, and through no link.
    with path.open("xb") as file:
        while piece := content.read(_PIECE_BYTES):
            file.write(piece)


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> BinaryIO:
    content = tar.extractfile(member)
    if content is None:
        raise malformed(f"{member.name:.100} has no content")
    return content  # type: ignore[return-value]


def answer_of(runs: tuple[Run, Run]) -> bytes:
    """The answer to a build."""
    return canonical.dumps({"runs": [_run_json(run) for run in runs]})


def _run_json(run: Run) -> Json:
    document = None if run.document is None else base64.b64encode(run.document).decode("ascii")
    return {
        "status": run.outcome.status,
        "too_slow": run.outcome.is_too_slow,
        "document": document,
    }


def read_answer(body: bytes) -> tuple[Run, Run]:
    """The runs of an answer.

    Raises:
        FormatError: it is not one.
    """
    value = canonical.loads(body, limit_bytes=ANSWER_BYTES)
    if not isinstance(value, dict) or set(value) != {"runs"}:
        raise FormatError("expected the member runs")
    runs = value["runs"]
    if not isinstance(runs, list) or len(runs) != 2:
        raise FormatError("expected two runs")
    first, second = (_read_run(run) for run in runs)
    return first, second


def _read_run(value: Json) -> Run:
    if not isinstance(value, dict) or set(value) != {"status", "too_slow", "document"}:
        raise FormatError("expected the members status, too_slow and document")
    status, is_too_slow, text = value["status"], value["too_slow"], value["document"]
    if type(status) is not int or not -256 < status < 256 or type(is_too_slow) is not bool:
        raise FormatError("expected an exit status and whether it was too slow")
    if text is not None and not isinstance(text, str):
        raise FormatError("expected a document or null")
    try:
        document = None if text is None else base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise FormatError("expected a document in base64") from error
    if document is not None and len(document) > MAXIMUM_PLAN_BYTES:
        raise FormatError(f"a document has {len(document)} bytes")
    return Run(Outcome(status, is_too_slow), document)
