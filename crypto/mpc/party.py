"""What a joint computation may do to the outside: one member's place among the others.

Programs are written against this and nothing else, so that what they send, to whom and how much of
it is expected is all there is to read.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import NoReturn, Protocol

import numpy as np
from numpy.typing import NDArray

from crypto.mpc.aborts import Stage


@dataclass(frozen=True, slots=True)
class Place:
    """Which member this one is, of how many: what is known of a session before any connection."""

    point: int
    members: int
    threshold: int
    is_verified: bool


class Party(Protocol):
    """One member of a running session, as its own program sees it."""

    @property
    def point(self) -> int:
        """This member's Shamir abscissa, from 1 to `members`."""

    @property
    def members(self) -> int:
        """How many compute."""

    @property
    def threshold(self) -> int:
        """How many of them together still learn nothing; shares lie on this degree."""

    @property
    def is_verified(self) -> bool:
        """Whether a cheating minority must be detected."""

    async def exchange(
        self, outgoing: Mapping[int, bytes], expect: Mapping[int, int]
    ) -> dict[int, bytes]:
        """One round: send bytes to points, and return the `expect`ed bytes of points.

        Every member calls it equally often. A point that is not a key is sent nothing, or sends
        nothing; this member's own point is a key of neither. Exactly `expect[point]` bytes are
        taken of a point: anything else ends the session and names it.

        Raises:
            SessionAborted: a member was lost, silent, late, or sent another length.
        """

    async def random_shares(self, count: int, label: str) -> NDArray[np.uint64]:
        """Shares, shape (count,), of joint random elements of GF(2^61-1) that nobody knows.

        Every member asks for the same labels; a label is used once.

        Raises:
            ParameterError: the label was used before in this session.
        """

    def entropy(self, count: int) -> bytes:
        """Fresh bytes from the operating system, known to this member alone."""

    def stage(self, name: Stage) -> AbstractContextManager[None]:
        """Name what the session is at, for aborts that happen inside."""

    def accuse(self, point: int, code: str, reason: str) -> NoReturn:
        """End the session at the present stage and tell every member whose doing it is.

        `point` is `aborts.NOBODY` where that cannot be known.

        Raises:
            SessionAborted: always.
        """
