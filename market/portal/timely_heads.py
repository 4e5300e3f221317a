"""Connections whose requests begin in time.

The server ends a connection that is idle between two requests, but waits for ever for the rest of a
request's head: whoever sends a byte of it now and then holds a connection, and a few thousand of
them hold them all. Bodies have their time at the edge (market.portal.edge).
"""

from __future__ import annotations

import asyncio
from typing import Final, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS: Final = 10
"""From a connection's beginning, or the first byte of a later head, to that head's last byte."""


class TimelyHeads(H11Protocol):
    """uvicorn's connection, ended when the head of a request has not come after `HEAD_SECONDS`."""

    head_seconds: float = HEAD_SECONDS
    _late_head: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A head is expected from here on."""
        super().connection_made(cast(asyncio.Transport, transport))
        self._expect_head()

    def data_received(self, data: bytes) -> None:
        """A head is expected from its first byte on, until it is whole."""
        super().data_received(data)
        # Idle: what came is not a whole head yet. More of it gives it no more time.
        if self.conn.their_state is not h11.IDLE:
            self._head_has_come()
        elif data and self._late_head is None:
            self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is expected any more."""
        self._head_has_come()
        super().connection_lost(exc)

    def _expect_head(self) -> None:
        self._late_head = self.loop.call_later(self.head_seconds, self.timeout_keep_alive_handler)

    def _head_has_come(self) -> None:
        if self._late_head is not None:
            self._late_head.cancel()
            self._late_head = None
