"""Where two members' connections meet: frames of one are sent on to the other, unread.

What a link may cost is bounded. Nothing is read from an end while the other is slow to take what
came before; an end that comes first is heard until `EARLY_FRAMES` frames wait for the other; a link
on which nothing moves, or which has carried its share, is ended, and one end takes the other along.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from starlette.websockets import WebSocket, WebSocketDisconnect

from market.errors import Conflict, Unavailable

FRAME_BYTES: Final = 64 * 1024
EARLY_FRAMES: Final = 4


@dataclass(frozen=True, slots=True)
class LinkEnd:
    """A member's end of a link, by their point; `token` names the link."""

    token: str
    point: int


@dataclass(frozen=True, slots=True)
class Farewell:
    """With what a connection is closed: a code of RFC 6455, and why."""

    code: int
    reason: str


GONE: Final = Farewell(1000, "the other end has gone")
ENDING: Final = Farewell(1012, "the relay ends")
IDLE: Final = Farewell(1001, "nothing moved for too long")
NOT_BINARY: Final = Farewell(1003, "binary frames expected")
TOO_MUCH: Final = Farewell(1008, "the link has carried all it may")
FAREWELLS: Final = (GONE, ENDING, IDLE, NOT_BINARY, TOO_MUCH)


class RelayDesk:
    """The links of one process. Lives in one event loop.

    Args:
        idle_seconds: how long nothing may move on a link.
        link_bytes: how much a link may carry, both ways together.
    """

    def __init__(self, idle_seconds: float, link_bytes: int) -> None:
        self._idle_seconds = idle_seconds
        self._link_bytes = link_bytes
        self._links: dict[str, _Link] = {}
        self._ended: Counter[str] = Counter()
        self._ended_bytes = 0
        self._is_closed = False

    @property
    def links(self) -> int:
        """How many there are, those that wait for their other end too."""
        return len(self._links)

    @property
    def ended(self) -> dict[str, int]:
        """How many have ended since the process began, by why."""
        return {why.reason: self._ended[why.reason] for why in FAREWELLS}

    @property
    def carried_bytes(self) -> int:
        """What went by since then, on links that stand too."""
        return self._ended_bytes + sum(link.carried_bytes for link in list(self._links.values()))

    @property
    def is_closed(self) -> bool:
        """Whether it takes no further link."""
        return self._is_closed

    def close(self) -> None:
        """Take no further link. Those that stand go on; those that wait are ended, so that their
        members dial again, where somebody else answers."""
        self._is_closed = True
        for link in list(self._links.values()):
            if not link.met.is_set():
                link.give_up(ENDING)

    async def carry(self, websocket: WebSocket, end: LinkEnd) -> Farewell:
        """Accept an end, send on what it sends until the link ends, and close it.

        Raises:
            Conflict: `link-taken`: this end is here already; the connection is not accepted.
            Unavailable: `relay-ending`: the desk was closed.
        """
        if self._is_closed:
            raise Unavailable(
                "relay-ending",
                "This relay was told to stop, and takes no further link.",
                "Nothing to do: agents dial again until their session's time to connect is over.",
            )
        link = self._links.setdefault(end.token, _Link(self._idle_seconds, self._link_bytes))
        link.take(end.point)
        try:
            await websocket.accept()
            why = await link.splice(end.point, websocket)
        finally:
            link.give_up(GONE)
            # A dial after this one makes another link.
            if self._links.get(end.token) is link:
                del self._links[end.token]
                self._ended[(link.why or GONE).reason] += 1
                self._ended_bytes += link.carried_bytes
        with suppress(RuntimeError, WebSocketDisconnect):
            await websocket.close(why.code, why.reason)
        return why


@dataclass
class _Link:
    """Two ends by point, those that are here, and the first one's frames for one still to come."""

    idle_seconds: float
    left_bytes: int
    taken: set[int] = field(default_factory=set)
    open: dict[int, WebSocket] = field(default_factory=dict)
    patience: dict[int, asyncio.Timeout] = field(default_factory=dict)
    early: deque[bytes] = field(default_factory=deque)
    met: asyncio.Event = field(default_factory=asyncio.Event)
    why: Farewell | None = None
    carried_bytes: int = 0

    def take(self, point: int) -> None:
        if point in self.taken:
            raise Conflict(
                "link-taken",
                "This end of the link is connected already.",
                "Dial once for each session; a connection that was cut is soon given up.",
            )
        self.taken.add(point)

    def give_up(self, why: Farewell) -> None:
        """End it for both; what was said first counts."""
        self.why = self.why or why
        self._wait_until(asyncio.get_running_loop().time())

    async def splice(self, point: int, websocket: WebSocket) -> Farewell:
        """Send on what comes from this end until the link ends: why it did."""
        if self.why is not None:
            # The other end came and went while this one was accepted.
            return self.why
        try:
            async with asyncio.timeout(self.idle_seconds) as patience:
                self.patience[point] = patience
                try:
                    await self._meet(point, websocket)
                    self.give_up(await self._copy(point, websocket))
                finally:
                    del self.patience[point]
        except TimeoutError:
            self.give_up(IDLE)
        except (RuntimeError, WebSocketDisconnect):
            # One of the two was closed between our question and our deed.
            self.give_up(GONE)
        return self.why or GONE

    async def _meet(self, point: int, websocket: WebSocket) -> None:
        """Be there for the other end, once what it sent too early is through."""
        if self.open:
            while self.early:
                await websocket.send_bytes(self.early.popleft())
        # Nothing is awaited between the last early frame and this: the order stays.
        self.open[point] = websocket
        if len(self.open) == 2:
            self.met.set()

    async def _copy(self, point: int, websocket: WebSocket) -> Farewell:
        while True:
            message = await websocket.receive()
            if message["type"] == "websocket.disconnect":
                return GONE
            frame = message.get("bytes")
            if frame is None:
                return NOT_BINARY
            self.left_bytes -= len(frame)
            self.carried_bytes += len(frame)
            if self.left_bytes < 0:
                return TOO_MUCH
            self._moved()
            if not self.met.is_set() and len(self.early) < EARLY_FRAMES:
                self.early.append(frame)
                continue
            await self.met.wait()
            (other,) = (socket for at, socket in self.open.items() if at != point)
            await other.send_bytes(frame)
            self._moved()

    def _moved(self) -> None:
        if self.why is None:
            self._wait_until(asyncio.get_running_loop().time() + self.idle_seconds)

    def _wait_until(self, when: float) -> None:
        for patience in self.patience.values():
            if not patience.expired():
                patience.reschedule(when)
