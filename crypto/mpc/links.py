"""One connection to one member, and what it accepts.

MPyC's MessageExchanger with another wire: both ends say hello, frames are crypto.mpc.codec's, and
each is judged by its header. Bytes of a round are read once this member has entered that round and
knows how many to expect of whom; until then the connection is not read at all, so that a peer fills
its own memory and the kernel's, not this process's.

A connection that is closed while bytes for it are on their way is reset, and takes along what the
other end has not read yet: an abort, and who it was. So both ends say LEAVE, read on, and close.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Protocol

from mpyc.asyncoro import MessageExchanger

from crypto.errors import FormatError
from crypto.mpc.codec import (
    HEADER_BYTES,
    HELLO_BYTES,
    MAXIMUM_ABORT_BYTES,
    MAXIMUM_MESSAGE_BYTES,
    Header,
    Hello,
    Kind,
    pack_header,
    pack_hello,
    unpack_header,
    unpack_hello,
)

Awaited = tuple[int, int]
"""A round, and how many bytes of it this member expects of the peer."""


class Host(Protocol):
    """What a link asks of the session it belongs to."""

    def own_hello(self) -> Hello:
        """What this member says first."""

    def recognise(self, link: Link) -> int:
        """The point whose certificate the other end showed, its place now taken; 0 is nobody's."""

    def greeted(self, link: Link, hello: Hello) -> None:
        """The peer said hello."""

    def keys_expected_bytes(self, point: int) -> int:
        """How long the peer's frame of PRSS keys is."""

    def took_keys(self, link: Link, keys: bytes) -> None:
        """The peer sent its PRSS keys."""

    def progressed(self) -> None:
        """The peer entered a round, or is done."""

    def rounds_entered(self) -> int:
        """The last round this member has entered."""

    def told_abort(self, link: Link, body: bytes) -> None:
        """The peer says that the session is over."""

    def broke_protocol(self, link: Link, code: str, reason: str) -> None:
        """The peer sent what an honest member never sends."""

    def lost(self, link: Link) -> None:
        """The connection ended."""


class Link(MessageExchanger):  # type: ignore[misc]  # mpyc has no types
    """A connection, from its TLS handshake to its end. All on the network's event loop.

    `expected_point` is whom this member dialled; 0 where the other end dialled.
    """

    transport: asyncio.Transport

    def __init__(
        self, host: Host, loop: asyncio.AbstractEventLoop, expected_point: int = 0
    ) -> None:
        super().__init__(host)
        self.host, self.loop, self.expected_point = host, loop, expected_point
        self.point = 0
        self.hello: Hello | None = None
        self.held: Header | None = None
        self.awaited: Awaited | None = None
        self.heard_at_seconds = 0.0
        self.peer_round = 0
        self.has_keys = self.is_done = self.has_left = False
        self.is_open = self.is_paused = self.is_leaving = False
        self.ended: asyncio.Future[None] = loop.create_future()

    # Sending

    def send(self, pc: int, payload: bytes) -> None:
        """The payload of round `pc`; called by MPyC's runtime."""
        self.send_frame(Kind.ROUND, pc, payload)

    def send_frame(self, kind: Kind, number: int, payload: bytes = b"") -> None:
        """One frame, if the connection still stands."""
        if not self.is_open:
            return
        self.transport.write(pack_header(Header(kind, len(payload), number)))
        if payload:
            self.transport.write(payload)
        self.nbytes_sent += HEADER_BYTES + len(payload)

    def expect(self, number: int, length_bytes: int) -> asyncio.Future[bytes]:
        """Await `length_bytes` of round `number`, which this member now enters."""
        self.awaited = (number, length_bytes)
        payload: asyncio.Future[bytes] = self.receive(number)
        return payload

    def read_on(self) -> None:
        """Take up reading where a later round was announced too early."""
        if self.is_paused and self.is_open:
            self.is_paused = False
            self.heard_at_seconds = self.loop.time()
            self.transport.resume_reading()
            self._advance()

    def leave(self) -> None:
        """Say that the session is over, and from here on keep nothing but the peer's LEAVE."""
        self.send_frame(Kind.LEAVE, 0)
        self.is_leaving = True
        self.read_on()

    # What asyncio calls

    def connection_made(self, transport: asyncio.Transport) -> None:
        """TLS is up: find out whose certificate it was, and say hello."""
        self.transport = transport
        self.point = self.host.recognise(self)
        if not self.point:
            transport.abort()
            return
        self.is_open = True
        self.peer_pid = self.point - 1
        self.heard_at_seconds = self.loop.time()
        self.transport.write(pack_hello(self.host.own_hello()))
        self.nbytes_sent += HELLO_BYTES

    def data_received(self, data: bytes) -> None:
        """Bytes of the peer, in pieces of any size."""
        if self.is_open:
            self.heard_at_seconds = self.loop.time()
            self.bytes += data
            self._advance()

    def eof_received(self) -> None:
        """The peer sends no more; asyncio closes."""

    def connection_lost(self, _error: Exception | None) -> None:
        """The connection ended, whoever ended it."""
        self.is_open = False
        self.ended.set_result(None)
        if self.point:
            self.host.lost(self)

    # Reading

    def _advance(self) -> None:
        while self.is_open and self._step():
            pass

    def _step(self) -> bool:
        """Consume one hello or frame; false where more bytes or another round are needed."""
        if self.hello is None:
            return self._read_hello()
        header = self.held
        if header is None:
            if len(self.bytes) < HEADER_BYTES:
                return False
            try:
                header = unpack_header(self.bytes)
            except FormatError as error:
                return self._refuse("frame-malformed", str(error))
            del self.bytes[:HEADER_BYTES]
            self.held = header
            if not self.is_leaving and not self._is_acceptable(header):
                return False
            # Also of a frame that has to wait: its sender is in that round already.
            self.peer_round = max(self.peer_round, header.round)
        if self.is_leaving:
            return self._skip(header)
        if header.kind is Kind.ROUND and header.round > self.host.rounds_entered():
            self.is_paused = True
            self.transport.pause_reading()
            return False
        if header.kind is Kind.ROUND and (header.round, header.length_bytes) != self.awaited:
            return self._refuse_round(header)
        if len(self.bytes) < header.length_bytes:
            return False
        payload = bytes(memoryview(self.bytes)[: header.length_bytes])
        del self.bytes[: header.length_bytes]
        self.held = None
        self._take(header, payload)
        return True

    def _skip(self, header: Header) -> bool:
        skipped_bytes = min(len(self.bytes), header.length_bytes)
        del self.bytes[:skipped_bytes]
        if skipped_bytes < header.length_bytes:
            self.held = replace(header, length_bytes=header.length_bytes - skipped_bytes)
            return False
        self.held = None
        if header.kind is Kind.LEAVE:
            self._take(header, b"")
        return True

    def _read_hello(self) -> bool:
        if len(self.bytes) < HELLO_BYTES:
            return False
        self.hello = unpack_hello(self.bytes)
        del self.bytes[:HELLO_BYTES]
        self.host.greeted(self, self.hello)
        return True

    def _is_acceptable(self, header: Header) -> bool:
        """Judge a frame by its announcement, before any of its bytes."""
        limit = {
            Kind.ROUND: MAXIMUM_MESSAGE_BYTES,
            Kind.KEYS: self.host.keys_expected_bytes(self.point),
            Kind.ABORT: MAXIMUM_ABORT_BYTES,
        }.get(header.kind, 0)
        if header.length_bytes > limit:
            return self._refuse(
                "message-oversized",
                f"announced {header.length_bytes} bytes, expected at most {limit}",
            )
        if header.kind is Kind.KEYS and (self.has_keys or header.length_bytes != limit):
            return self._refuse("frame-malformed", "sent PRSS keys twice, or not all of them")
        if not self.has_keys and header.kind not in (Kind.KEYS, Kind.ABORT, Kind.LEAVE):
            return self._refuse("frame-malformed", f"sent {header.kind.name} before its keys")
        if self.is_done and header.kind not in (Kind.ALIVE, Kind.ABORT, Kind.LEAVE):
            return self._refuse("frame-malformed", f"sent {header.kind.name} after it was done")
        if header.kind is Kind.LEAVE and not self.is_done:
            return self._refuse("frame-malformed", "left without a word")
        return True

    def _refuse_round(self, header: Header) -> bool:
        if self.awaited is not None and header.round == self.awaited[0]:
            return self._refuse(
                "message-size",
                f"announced {header.length_bytes} bytes in round {header.round}, expected "
                f"{self.awaited[1]}",
            )
        return self._refuse("message-unexpected", f"sent a message of round {header.round} unasked")

    def _refuse(self, code: str, reason: str) -> bool:
        self.host.broke_protocol(self, code, reason)
        return False

    def _take(self, header: Header, payload: bytes) -> None:
        if header.kind is Kind.ROUND:
            self.awaited = None
            self.buffers.pop(header.round).set_result(payload)
        elif header.kind is Kind.KEYS:
            self.has_keys = True
            self.host.took_keys(self, payload)
        elif header.kind is Kind.ABORT:
            self.is_done = True
            self.host.told_abort(self, payload)
        elif header.kind is Kind.DONE:
            self.is_done = True
        elif header.kind is Kind.LEAVE:
            self.has_left = True
        self.host.progressed()
