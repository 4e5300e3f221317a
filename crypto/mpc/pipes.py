"""What passes between an agent and its worker.

    stdin    the session, one line of canonical JSON; its secret blocks, each as eight bytes of
             little-endian length and that many bytes; later the line `go`
    stdout   one event a line, canonical JSON: listening, connected, shared, then done or aborted

Rules: nothing else is written to stdout (what prints there meanwhile goes to stderr); an end of
stdin before `go` means that the agent is gone.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from threading import Thread
from typing import BinaryIO

from crypto.canonical import Json, dumps
from crypto.errors import FormatError
from crypto.mpc.aborts import Abort

GO = b"go\n"
MAXIMUM_LINE_BYTES = 1024 * 1024
MAXIMUM_BLOCKS_BYTES = 4 * 1024**3
_LENGTH_BYTES = 8


class Events:
    """The lines on stdout, which nothing else can write to from here on."""

    def __init__(self) -> None:
        sys.stdout.flush()
        self._descriptor = os.dup(1)
        os.dup2(2, 1)

    def tell(self, event: str, **members: Json) -> None:
        """One line. An agent that no longer reads is no failure of the session's."""
        line = memoryview(dumps({"event": event, **members}) + b"\n")
        try:
            while line:
                line = line[os.write(self._descriptor, line) :]
        except BrokenPipeError:
            print(f"nobody reads the event {event}", file=sys.stderr)

    def tell_aborted(self, abort: Abort) -> None:
        """How the session ended early."""
        self.tell(
            "aborted",
            stage=abort.stage,
            party=abort.party,
            code=abort.code,
            reason=abort.reason,
            reported_by=abort.reported_by,
        )


def read_line(stdin: BinaryIO) -> bytes:
    """The session's line, without its end.

    Raises:
        FormatError: stdin ended in it, or it is too long.
    """
    line = stdin.readline(MAXIMUM_LINE_BYTES)
    if not line.endswith(b"\n"):
        raise FormatError("the session's line has no end")
    return line[:-1]


def read_blocks(stdin: BinaryIO, count: int) -> list[bytes]:
    """The secret blocks.

    Raises:
        FormatError: stdin ended in them, or they are too long.
    """
    blocks: list[bytes] = []
    left_bytes = MAXIMUM_BLOCKS_BYTES
    for _ in range(count):
        length_bytes = int.from_bytes(_exactly(stdin, _LENGTH_BYTES), "little")
        left_bytes -= length_bytes
        if left_bytes < 0:
            raise FormatError(f"secret blocks have over {MAXIMUM_BLOCKS_BYTES} bytes")
        blocks.append(_exactly(stdin, length_bytes))
    return blocks


def pack_block(block: bytes) -> bytes:
    """A secret block as a worker reads it."""
    return len(block).to_bytes(_LENGTH_BYTES, "little") + block


def on_go(stdin: BinaryIO, told: Callable[[bool], object]) -> None:
    """Call `told` from a thread: true at `go`, false where stdin ends or says something else."""

    def wait() -> None:
        told(stdin.readline(len(GO)) == GO)

    Thread(target=wait, name="agent", daemon=True).start()


def _exactly(stdin: BinaryIO, length_bytes: int) -> bytes:
    data = stdin.read(length_bytes)
    if len(data) != length_bytes:
        raise FormatError("stdin ended in the secret blocks")
    return data
