"""Every member to every other: who dials, who listens, and what is missing when time is up.

Rules: of two members the lower point is TLS's client and the higher its server, also on a socket
both dialled out for. A direct connection is made where both declared an address; the listener is
open until all have come. Until then a connection that fails is tried again: a stranger, a stumble
or a second connection costs nothing but the attempt.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from websockets.exceptions import InvalidStatus

from crypto.mpc.aborts import NOBODY, Abort
from crypto.mpc.certificates import certificate_der, pinned_context
from crypto.mpc.links import Link
from crypto.mpc.relay import UNREACHABLE, tunnel
from crypto.mpc.runtime import JointRuntime
from crypto.mpc.specification import Address, Peer

_RETRY_SECONDS = 0.2
_BACKLOG = 32
_HANDSHAKE_SECONDS = 10
"""How long somebody who dialled, perhaps a stranger, may hold a connection without TLS."""


class Connections:
    """How a member reaches the others of its session."""

    def __init__(self, runtime: JointRuntime) -> None:
        self._runtime = runtime
        self._session = runtime.session
        self._loop = asyncio.get_running_loop()
        self._failures: dict[int, str] = {}

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Accept lower points at this member's address, if it has one, while the block lasts."""
        lower = [p for p in self._session.others if p.point < self._session.point]
        direct = [peer for peer in lower if not self._session.is_relayed(peer.point)]
        if not direct:
            yield
            return
        address = Address.parse(self._session.listen)
        server = await self._loop.create_server(
            lambda: Link(self._runtime, self._loop),
            address.host,
            address.port,
            ssl=self._context(direct, is_server=True),
            backlog=_BACKLOG,
            ssl_handshake_timeout=_HANDSHAKE_SECONDS,
        )
        try:
            yield
        finally:
            server.close()

    async def keep(self, peer: Peer) -> None:
        """Dial that member until the link stands, then hold the relay's line while it does."""
        context = self._context([peer], is_server=peer.point < self._session.point)
        while not self._runtime.is_over:
            link = Link(self._runtime, self._loop, peer.point)
            try:
                await self._dial(peer, link, context)
            except UNREACHABLE as error:
                is_relayed = self._session.is_relayed(peer.point)
                self._failures[peer.point] = _why(error, is_relayed=is_relayed)
            if self._runtime.link(peer.point) is link:
                return
            await asyncio.sleep(_RETRY_SECONDS)

    def dialled(self) -> Iterable[Peer]:
        """The members to `keep` a link with: whom this one does not wait for at its address."""
        for peer in self._session.others:
            if peer.point > self._session.point or self._session.is_relayed(peer.point):
                yield peer

    async def all_met(self) -> None:
        """Return once every member is here, of the same session and with its keys.

        Raises:
            SessionAborted: some are not by the connect deadline, or belong to another session.
        """
        runtime, seconds = self._runtime, self._session.deadlines.connect_seconds
        others = [peer.point for peer in self._session.others]

        def is_here(point: int) -> bool:
            return point in runtime.mismatched or runtime.is_ready(point)

        try:
            async with asyncio.timeout(seconds):
                await runtime.until(lambda: all(map(is_here, others)))
        except TimeoutError:
            pass
        missing = [point for point in others if not is_here(point)]
        if runtime.mismatched:
            runtime.end(_mismatch(runtime.mismatched, has_all=not missing))
        if missing:
            runtime.end(self._absence(missing))
        runtime.check_verdict()

    async def _dial(self, peer: Peer, link: Link, context: ssl.SSLContext) -> None:
        """One attempt, and the connection it makes, to its end."""
        if self._session.is_relayed(peer.point):
            async with tunnel(self._session, peer.point) as near:
                await self._over(near, link, context)
                await link.ended
        else:
            address = Address.parse(peer.address)
            await self._loop.create_connection(
                lambda: link,
                address.host,
                address.port,
                ssl=context,
                server_hostname="",
                ssl_handshake_timeout=_HANDSHAKE_SECONDS,
            )
            await link.ended

    async def _over(self, near: socket.socket, link: Link, context: ssl.SSLContext) -> None:
        """TLS on a socket that both dialled out for, as soon as the other has."""
        seconds = self._session.deadlines.connect_seconds
        if link.expected_point < self._session.point:
            await self._loop.connect_accepted_socket(
                lambda: link, near, ssl=context, ssl_handshake_timeout=seconds
            )
        else:
            await self._loop.create_connection(
                lambda: link,
                sock=near,
                ssl=context,
                server_hostname="",
                ssl_handshake_timeout=seconds,
            )

    def _context(self, peers: Iterable[Peer], *, is_server: bool) -> ssl.SSLContext:
        pinned = [certificate_der(peer.certificate) for peer in peers]
        return pinned_context(
            self._session.identity, pinned, is_server=is_server, entropy=os.urandom
        )

    def _absence(self, missing: list[int]) -> Abort:
        seconds = self._session.deadlines.connect_seconds
        names = ", ".join(
            f"member {point} ({self._failures.get(point, 'no connection')})" for point in missing
        )
        reason = f"not connected within {seconds} seconds: {names}"
        return Abort(
            "connect", missing[0] if len(missing) == 1 else NOBODY, "member-absent", reason
        )


def _mismatch(points: set[int], *, has_all: bool) -> Abort:
    names = ", ".join(f"member {point}" for point in sorted(points))
    # Two that differ cannot say which of them is the odd one: that takes all others on one side.
    culprit = min(points) if len(points) == 1 and has_all else NOBODY
    return Abort("hello", culprit, "seal-differs", f"another seal or point is held by {names}")


def _why(error: BaseException, *, is_relayed: bool) -> str:
    at = "relay: " if is_relayed else ""
    if isinstance(error, ssl.SSLCertVerificationError):
        return "another certificate"
    if isinstance(error, InvalidStatus):
        return f"relay answered {error.response.status_code}"
    if isinstance(error, ConnectionRefusedError):
        return f"{at}connection refused"
    return f"{at}{type(error).__name__}"
