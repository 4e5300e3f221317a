"""The process that prices plans for the portal: `python -m market.portal.quotes.worker`.

It reads questions from its standard input and answers each on its standard output, one after the
other, until its input ends, as it does with the portal. It has no database, no key and no setting.
Between the two processes go frames: four bytes of length, then so many bytes of canonical JSON.

    question   PlanToPrice in its wire form
    answer     one byte that says what follows: a quote, or a Refusal in its wire form
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from dataclasses import dataclass
from typing import IO

import structlog

from crypto import canonical
from market import wire
from market.errors import Refused
from market.log import configure_logging
from market.services.submit.quote_plan import PlanToPrice, price_plan

QUOTE, REFUSAL = b"q", b"r"
LONGEST_FRAME_BYTES = 256 * 1024 * 1024
_LENGTH_BYTES = 4
_NICENESS = 10
_MEMORY_BYTES = 2 * 1024**3

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Refusal:
    """A plan's own refusal, as it travels."""

    code: str
    message: str
    next_action: str


def write_frame(stream: IO[bytes], data: bytes) -> None:
    """Send one frame whole (raises OSError when nobody reads)."""
    stream.write(len(data).to_bytes(_LENGTH_BYTES, "big") + data)
    stream.flush()


def read_frame(stream: IO[bytes]) -> bytes | None:
    """The next frame; None when the other side has ended, within a frame too."""
    head = stream.read(_LENGTH_BYTES)
    size_bytes = int.from_bytes(head, "big")
    if len(head) < _LENGTH_BYTES or size_bytes > LONGEST_FRAME_BYTES:
        return None
    data = stream.read(size_bytes)
    return data if len(data) == size_bytes else None


def answer_to(question: bytes) -> bytes:
    """The answer to one question."""
    try:
        return QUOTE + canonical.dumps(price_plan(wire.decode(PlanToPrice, question)))
    except Refused as error:
        return REFUSAL + wire.encode(Refusal(error.code, error.message, error.next_action))


def serve(questions: IO[bytes], answers: IO[bytes], *, seconds: int) -> None:
    """Answer until the questions end. One that takes longer than `seconds` ends this process."""
    while (question := read_frame(questions)) is not None:
        # The portal ends what is late; this is for a portal that is gone.
        signal.alarm(seconds)
        answer = answer_to(question)
        signal.alarm(0)
        write_frame(answers, answer)


def main() -> None:
    """Serve on the standard streams; whatever else would print goes to the log."""
    configure_logging(sys.stderr)
    # Whoever reads a page comes before whoever waits for a price.
    os.nice(_NICENESS)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    try:
        serve(sys.stdin.buffer, sys.stdout.buffer, seconds=int(sys.argv[1]))
    except BrokenPipeError:
        sys.exit(1)
    except Exception:  # noqa: BLE001 - told with its trace, redacted; the portal starts another
        _log.exception("quote broke off")
        os._exit(1)


if __name__ == "__main__":
    main()
