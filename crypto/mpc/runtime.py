"""MPyC's runtime for one session whose members may misbehave.

MPyC gives the parties, their pseudorandom secret sharing (PRSS) and the exchange of messages by
round; this subclass replaces what trusts a peer. The first thing that goes wrong is the session's
end: it is told to every member, and everything that still waits ends with it.
"""

from __future__ import annotations

import asyncio
import sys
from argparse import Namespace
from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import chain
from typing import TypeVar

from mpyc.runtime import Party, Runtime

from crypto.errors import FormatError, ParameterError
from crypto.mpc.aborts import NOBODY, Abort, SessionAborted, Stage
from crypto.mpc.codec import (
    MAXIMUM_MESSAGE_BYTES,
    MAXIMUM_REASON_CHARACTERS,
    Hello,
    Kind,
    pack_abort,
    unpack_abort,
)
from crypto.mpc.links import Link
from crypto.mpc.specification import Session

STATISTICAL_SECURITY_BITS = 40
_FAREWELL_SECONDS = 1.0
Result = TypeVar("Result")


class JointRuntime(Runtime):  # type: ignore[misc]  # mpyc has no types
    """One member's runtime: its links, rounds and verdict. All on the network's event loop.

    It is the crypto.mpc.links.Host of its links; `point_of` says whose a certificate's DER is.
    """

    def __init__(self, session: Session, point_of: Mapping[bytes, int]) -> None:
        self.session = session
        self.seal = bytes.fromhex(session.seal)
        self.stage_name: Stage = "connect"
        self.verdict: asyncio.Future[Abort] = asyncio.get_running_loop().create_future()
        self.mismatched: set[int] = set()
        self.is_over = False
        self._point_of = point_of
        self._changed = asyncio.Event()
        options = Namespace(
            threshold=session.threshold, no_log=True, no_prss=False, no_async=False,
            no_barrier=False, ssl=True, mix32_64bit=False, sec_param=STATISTICAL_SECURITY_BITS,
        )  # fmt: skip
        super().__init__(session.point - 1, map(Party, range(session.members)), options)
        self._loop.set_exception_handler(_log_unexpected)

    # What MPyC would do without a hardened link

    def start(self) -> None:
        """Connections are made by crypto.mpc.connections."""
        raise NotImplementedError("connections are made by crypto.mpc.connections")

    def shutdown(self) -> None:
        """The end of a session is `finish`."""
        raise NotImplementedError("a session ends by finish")

    def transfer(self, *_arguments: object, **_options: object) -> None:
        """Objects are never sent."""
        raise NotImplementedError("members exchange bytes, never objects")

    # The links

    def link(self, point: int) -> Link | None:
        """The connection that holds the place of `point`."""
        held: Link | None = self.parties[point - 1].protocol
        return held

    @property
    def links(self) -> tuple[Link, ...]:
        """The connections there are."""
        found = (self.link(peer.point) for peer in self.session.others)
        return tuple(link for link in found if link is not None)

    def is_ready(self, point: int) -> bool:
        """Whether that member is connected, of the same session, and has sent its keys."""
        link = self.link(point)
        return link is not None and link.has_keys

    def own_hello(self) -> Hello:
        return Hello(self.seal, self.session.point)

    def recognise(self, link: Link) -> int:
        shown = link.transport.get_extra_info("ssl_object").getpeercert(binary_form=True)
        point = self._point_of.get(shown, NOBODY)
        if point in (NOBODY, self.session.point) or link.expected_point not in (NOBODY, point):
            _log("a connection showed another certificate than its member's")
            return NOBODY
        if self.link(point) is not None:
            _log(f"member {point} connected a second time; the first connection keeps its place")
            return NOBODY
        self.parties[point - 1].protocol = link
        return point

    def greeted(self, link: Link, hello: Hello) -> None:
        if hello != Hello(self.seal, link.point):
            # Said once everybody is here, so that all see for themselves who it is.
            self.mismatched.add(link.point)
            link.is_open = False
        else:
            keys = b"".join(self._prss_keys_to_peer(link.point - 1))
            link.send_frame(Kind.KEYS, 0, keys)
        self._changed.set()

    def keys_expected_bytes(self, point: int) -> int:
        length_bytes: int = self._prss_keys_from_peer(point - 1)
        return length_bytes

    def took_keys(self, link: Link, keys: bytes) -> None:
        self._prss_keys_from_peer(link.point - 1, keys)

    def progressed(self) -> None:
        self._changed.set()

    def lost(self, link: Link) -> None:
        self._changed.set()
        if link.has_keys and not link.is_done:
            via = " through the relay" if self.session.is_relayed(link.point) else ""
            reason = f"the connection with member {link.point}{via} ended"
            self.accuse(link.point, "member-lost", reason)
        elif not link.has_keys and link.point not in self.mismatched:
            # It may still come: what was not agreed on is not lost.
            self.parties[link.point - 1].protocol = None

    def broke_protocol(self, link: Link, code: str, reason: str) -> None:
        self.accuse(link.point, code, f"member {link.point} {reason}")

    def told_abort(self, link: Link, body: bytes) -> None:
        try:
            told = unpack_abort(body, self.session.members)
        except FormatError:
            self.broke_protocol(link, "frame-malformed", "sent an abort that is none")
            return
        reason = f"member {link.point} reports: {told.reason}"[:MAXIMUM_REASON_CHARACTERS]
        self.end(Abort(told.stage, told.party, told.code, reason, link.point))

    @property
    def keys(self) -> dict[tuple[int, ...], bytes]:
        """The PRSS key of every set of members that this one is in."""
        held: dict[tuple[int, ...], bytes] = self._prss_keys
        return held

    # Rounds

    def rounds_entered(self) -> int:
        number: int = self._program_counter[0]
        return number

    async def exchange(
        self, outgoing: Mapping[int, bytes], expect: Mapping[int, int]
    ) -> dict[int, bytes]:
        """One round; see crypto.mpc.party.

        Raises:
            SessionAborted: the session ended.
            ParameterError: this member's own program names a point or size that cannot be.
        """
        self._check_round(outgoing, expect)
        self.check_verdict()
        self._program_counter[0] += 1
        number = self.rounds_entered()
        awaited = {
            link.point: link.expect(number, expect[link.point])
            for link in self.links
            if link.point in expect
        }
        for point, payload in outgoing.items():
            self._send_message(point - 1, payload)
        for link in self.links:
            link.read_on()
        return {point: await self.unless_over(payload) for point, payload in awaited.items()}

    async def barrier_of_all(self) -> None:
        """A round without a message: return once every member has entered it."""
        self._program_counter[0] += 1
        self.show_life()
        await self.until(lambda: min(self.rounds().values()) >= self.rounds_entered())

    async def finish(self) -> None:
        """Say that this member has its outputs, and wait until every member has."""
        for link in self.links:
            link.send_frame(Kind.DONE, self.rounds_entered())
        await self.until(lambda: all(link.is_done for link in self.links))

    def _check_round(self, outgoing: Mapping[int, bytes], expect: Mapping[int, int]) -> None:
        others = {peer.point for peer in self.session.others}
        if not set(outgoing) <= others or not set(expect) <= others:
            raise ParameterError("a round names a point that is no other member")
        sizes = chain(map(len, outgoing.values()), expect.values())
        if not all(0 <= size <= MAXIMUM_MESSAGE_BYTES for size in sizes):
            raise ParameterError(f"a message has over {MAXIMUM_MESSAGE_BYTES} bytes: send in parts")

    def show_life(self) -> None:
        """Tell every member that this one lives, and which round it is in."""
        for link in self.links:
            if link.has_keys:
                link.send_frame(Kind.ALIVE, self.rounds_entered())

    def rounds(self) -> dict[int, int]:
        """The last round each member is known to have entered."""
        entered = {link.point: link.peer_round for link in self.links}
        return entered | {self.session.point: self.rounds_entered()}

    # The verdict

    def end(self, abort: Abort) -> None:
        """The session is over, for this reason; only the first one counts."""
        if self.verdict.done():
            return
        self.verdict.set_result(abort)
        for link in self.links:
            link.send_frame(Kind.ABORT, self.rounds_entered(), pack_abort(abort))
        self._changed.set()

    def accuse(self, point: int, code: str, reason: str) -> None:
        """The session is over by `point`'s doing, at the present stage."""
        self.end(Abort(self.stage_name, point, code, reason))

    def check_verdict(self) -> None:
        """Return while the session is on.

        Raises:
            SessionAborted: it is over.
        """
        if self.verdict.done():
            raise SessionAborted(self.verdict.result())

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for a change of the links that makes the condition true.

        Raises:
            SessionAborted: the session ended before.
        """
        await self._until_changed(lambda: self.verdict.done() or condition())
        self.check_verdict()

    async def _until_changed(self, condition: Callable[[], bool]) -> None:
        while not condition():
            self._changed.clear()
            await self._changed.wait()

    async def unless_over(self, awaited: asyncio.Future[Result]) -> Result:
        """What is awaited, once it is here.

        Raises:
            SessionAborted: the session ended before.
        """
        await asyncio.wait((awaited, self.verdict), return_when=asyncio.FIRST_COMPLETED)
        self.check_verdict()
        return awaited.result()

    async def close(self) -> None:
        """Hear every member out, as long as that takes no more than a second, and close."""
        self.is_over = True
        links = [link for link in self.links if link.is_open]
        for link in links:
            link.leave()
        with suppress(TimeoutError):
            async with asyncio.timeout(_FAREWELL_SECONDS):
                await self._until_changed(
                    lambda: all(link.has_left or not link.is_open for link in links)
                )
        for link in self.links:
            link.is_open = False
            link.transport.close()
        if links:
            await asyncio.wait([link.ended for link in links], timeout=_FAREWELL_SECONDS)


def _log(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _log_unexpected(_loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
    _log(f"network: {context.get('message')}: {type(context.get('exception')).__name__}")
