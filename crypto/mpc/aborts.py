"""How a session ends early: where, by whose doing as far as it can be known, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from crypto.errors import CryptoError

Stage = Literal[
    "specify", "connect", "hello", "prepare", "share", "multiply", "check", "open", "deliver"
]
"""specify is before any connection; the others are what a session goes through, in this order."""

STAGES: tuple[Stage, ...] = get_args(Stage)
NOBODY = 0
"""The point of an abort whose culprit cannot be known: members' own points start at 1."""


@dataclass(frozen=True, slots=True)
class Abort:
    """What every honest member reports of a session that ended early.

    `party` is the point of the member it is laid to, or `NOBODY`; `code` is stable; `reason` is for
    people and holds nothing secret. `reported_by` is the point of the member on whose word it
    stands, or `NOBODY` where this member saw it itself: one who lies can name anybody.
    """

    stage: Stage
    party: int
    code: str
    reason: str
    reported_by: int = NOBODY


class SessionAborted(CryptoError):
    """The session is over for every member; nothing of it may be used."""

    def __init__(self, abort: Abort) -> None:
        super().__init__(f"{abort.stage}: {abort.reason} ({abort.code})")
        self.abort = abort
