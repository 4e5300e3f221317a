"""A link through the platform, for members that accept no connection.

Both members dial out to a WebSocket under the link's token; the relay copies frames from one to the
other. TLS runs inside, end to end, as on a direct connection: the relay sees ciphertext, sizes and
times, and can only cut the line.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from crypto.link_token import link_token
from crypto.mpc.specification import Session

FRAME_BYTES = 64 * 1024
_CLOSING_SECONDS = 1.0
UNREACHABLE = (OSError, TimeoutError, WebSocketException)
"""What dialling the relay raises where it is not there, or refuses."""


@asynccontextmanager
async def tunnel(session: Session, point: int) -> AsyncIterator[socket.socket]:
    """A socket whose other end is the member `point`, for as long as the block lasts.

    Raises:
        UNREACHABLE: the relay did not take the connection.
    """
    url = f"{session.relay}/{link_token(session.seal, session.point, point)}"
    bearer = session.relay_bearer.reveal().decode("ascii")
    async with connect(
        url,
        additional_headers={"Authorization": f"Bearer {bearer}"},
        compression=None,
        # A ping would wait behind what is not yet due to be read, and count as unanswered.
        ping_interval=None,
        max_size=FRAME_BYTES,
        close_timeout=_CLOSING_SECONDS,
        open_timeout=session.deadlines.connect_seconds,
    ) as websocket:
        near, far = socket.socketpair()
        near.setblocking(False)
        far.setblocking(False)
        splicing = asyncio.create_task(_splice(websocket, far))
        try:
            yield near
            # What was written last is still on its way when the near end closes.
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(splicing), _CLOSING_SECONDS)
        finally:
            splicing.cancel()
            near.close()


async def _splice(websocket: ClientConnection, far: socket.socket) -> None:
    """Copy both ways until either end closes, then close the other."""
    ways = [
        asyncio.create_task(_outward(far, websocket)),
        asyncio.create_task(_inward(websocket, far)),
    ]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        far.close()
        await websocket.close()


async def _outward(far: socket.socket, websocket: ClientConnection) -> None:
    loop = asyncio.get_running_loop()
    with suppress(OSError, ConnectionClosed):
        while data := await loop.sock_recv(far, FRAME_BYTES):
            await websocket.send(data)


async def _inward(websocket: ClientConnection, far: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    with suppress(OSError, ConnectionClosed):
        async for message in websocket:
            if isinstance(message, str):
                return
            await loop.sock_sendall(far, message)
