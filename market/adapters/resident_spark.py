"""How a job reaches the resident Spark application: a Unix socket beside the jobs' directories.

The socket carries a directory's name and one word back; the documents lie in that directory. Nobody
but the platform's own user may speak. A closed connection ends the job, whoever closed it and why:
one mechanism for a wall limit, for a step that was killed and for a job that was withdrawn. Instead
of a name, `STATE` asks how the application is.

Whoever keeps an application running holds a lock meanwhile. While nobody answers at the socket a
job waits for as long as the lock is held, and starts a Spark of its own when it is not: a lock ends
with its holder, however that ends.
"""

from __future__ import annotations

import contextlib
import os
import re
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from crypto.errors import CryptoError
from market import wire
from market.adapters.file_lock import is_held, sole_holder
from market.errors import Conflict

SOCKET = "resident.sock"
LOCK = "resident.lock"
STATE = b"?"
"""Names no directory."""
ASKED, ANSWERED = "evaluation.json", "evaluated.json"
REPEATS = 2
"""A job under which the application died is done again so often: it may be the job that kills.
Twice, since one that is dying may take a job once more."""
START_SECONDS = 40
"""How long a job waits for an application that starts: longer than a start of its own takes."""
_POLL_SECONDS = 0.1
_DYING_SECONDS = 1.0
_STATE_SECONDS = 5.0
_MAXIMUM_BYTES = 256
_NAME = re.compile(rb"[A-Za-z0-9_][A-Za-z0-9._-]{0,200}")
_CREDENTIALS = struct.Struct("3i")


class Reply(Enum):
    """What became of a job; ABSENT is never sent: nobody was there to take it."""

    DONE = b"done"
    FAILED = b"failed"
    ABSENT = b""


@dataclass(frozen=True, slots=True)
class ResidentState:
    """What an application says of itself.

    Attributes:
        pid: its Java process.
        since: when that began, in Unix seconds.
        jobs_done: how many it has answered.
        jobs_at_work: how many it has taken besides, those that wait for a lane included.
        memory_bytes: what all its processes hold.
    """

    pid: int
    since: int
    jobs_done: int
    jobs_at_work: int
    memory_bytes: int


@contextlib.contextmanager
def address(directory: Path) -> Iterator[str]:
    """The socket's address while the block lasts: by an open directory, since the system takes
    no more than 107 bytes of a path."""
    opened = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{opened}/{SOCKET}"
    finally:
        os.close(opened)


def listen(directory: Path) -> socket.socket:
    """Take the place of whatever socket lies there; mode 0600."""
    path = directory / SOCKET
    path.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX)
    with address(directory) as place:
        listening.bind(place)
    # Nobody can connect before it listens.
    path.chmod(0o600)
    listening.listen(socket.SOMAXCONN)
    return listening


def kept(directory: Path) -> AbstractContextManager[None]:
    """Have jobs wait for an application that is not there yet, until the block ends.

    Raises:
        Conflict: `spark-kept`: another process does so.
    """
    return sole_holder(
        directory / LOCK,
        Conflict(
            "spark-kept",
            f"Another process keeps the Spark application of {directory}.",
            "One is enough; market status shows it.",
        ),
    )


def is_kept(directory: Path) -> bool:
    """Whether somebody keeps an application running, or is about to start one."""
    return is_held(directory / LOCK)


def is_own_user(connection: socket.socket) -> bool:
    """Whether the other end is a process of this one's user (unix(7): SO_PEERCRED)."""
    told = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    _pid, uid, _gid = _CREDENTIALS.unpack(told)
    return bool(uid == os.getuid())


def asked(connection: socket.socket) -> bytes | None:
    """The line that was sent, without its end; None where it is none."""
    line = b""
    while not line.endswith(b"\n") and len(line) <= _MAXIMUM_BYTES:
        more = connection.recv(_MAXIMUM_BYTES)
        if not more:
            return None
        line += more
    return line.removesuffix(b"\n")


def job_directory(directory: Path, name: bytes | None) -> Path | None:
    """The job's directory of that name; None unless it is one, directly below `directory`."""
    if name is None or not _NAME.fullmatch(name):
        return None
    path = directory / name.decode("ascii")
    return path if path.is_dir() and not path.is_symlink() else None


def ask_state(directory: Path) -> ResidentState | None:
    """How the application is; None where none answers now."""
    try:
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as connection:
            connection.settimeout(_STATE_SECONDS)
            with address(directory) as place:
                connection.connect(place)
            connection.sendall(STATE + b"\n")
            return wire.decode(ResidentState, connection.recv(_MAXIMUM_BYTES))
    except (OSError, CryptoError):
        # It is not there, it is ending, or it is too busy to say so: no answer is an answer.
        return None


def ask(directory: Path, name: str, *, wall_seconds: float) -> Reply:
    """Have the job of a directory done, again if the application died under it.

    Raises:
        TimeoutError: it took longer than `wall_seconds`; the application was told to drop it.
    """
    deadline = time.monotonic() + wall_seconds
    for _attempt in range(1 + REPEATS):
        connection = _connected(directory, deadline)
        if connection is None:
            return Reply.ABSENT
        with connection:
            reply = _reply(connection, name, deadline)
        if reply is not Reply.ABSENT:
            return reply
        # Until whoever died is gone.
        time.sleep(_DYING_SECONDS)
    return Reply.FAILED


def _connected(directory: Path, deadline: float) -> socket.socket | None:
    give_up = min(deadline, time.monotonic() + START_SECONDS)
    while True:
        connection = socket.socket(socket.AF_UNIX)
        try:
            with address(directory) as place:
                connection.connect(place)
            return connection
        except (FileNotFoundError, ConnectionRefusedError):
            connection.close()
        if not is_kept(directory) or time.monotonic() > give_up:
            return None
        time.sleep(_POLL_SECONDS)


def _reply(connection: socket.socket, name: str, deadline: float) -> Reply:
    """The word that came back; ABSENT when the application died first."""
    connection.settimeout(max(deadline - time.monotonic(), _POLL_SECONDS))
    try:
        connection.sendall(name.encode("ascii") + b"\n")
        return Reply(connection.recv(_MAXIMUM_BYTES))
    except ConnectionError:
        return Reply.ABSENT
