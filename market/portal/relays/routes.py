"""The relay of members who accept no connection: two WebSockets dialled out to one address.

TLS runs inside, from worker to worker, under certificates that members pinned to each other:
whoever relays sees ciphertext, sizes and times, and can only cut the line. The log says that a link
ended and why, never what went by.

The portal mounts these routes (`market.portal.app`), or a process of their own does
(`market.portal.relays.app`); either way one process has both ends of a link.
"""

from __future__ import annotations

import asyncio
import time
from typing import Annotated, Any, Final

import structlog
from fastapi import APIRouter, Path, WebSocket
from starlette.concurrency import run_in_threadpool

from market.errors import MarketError
from market.log import log_context
from market.portal.problems import NotSignedIn, problem_response
from market.portal.relays.desk import FRAME_BYTES, LinkEnd, RelayDesk
from market.services.authorize import require_scope
from market.services.compute.open_link import open_link
from market.services.people.identify_caller import caller_of_token
from market.services.platform import Registers

router = APIRouter(prefix="/api/v1/sessions")

SERVER_OPTIONS: Final[dict[str, Any]] = {
    # Which proxies are believed is the portal's own matter (market.portal.networks).
    "proxy_headers": False,
    "ws": "websockets-sansio",
    "ws_max_size": FRAME_BYTES,
    "ws_per_message_deflate": False,
    # Members show each other that they live, through the link; the desk ends one that is idle.
    "ws_ping_interval": None,
    # Requests are logged by us, without the addresses that are secrets.
    "access_log": False,
    "log_level": "warning",
    "server_header": False,
}
"""Of the server that the relay runs in (uvicorn), the portal's or one of its own."""

_log = structlog.get_logger()


@router.websocket("/{job}/relay/{token}")
async def relay(
    websocket: WebSocket, job: str, token: Annotated[str, Path(pattern="^[0-9a-f]{64}$")]
) -> None:
    """One end of a link, for as long as both are there."""
    state = websocket.app.state
    desk: RelayDesk = state.relay
    started = time.perf_counter()
    with log_context(job=job):
        try:
            point = await run_in_threadpool(
                _admit, state.registers, _bearer(websocket), job, token, now=state.clock()
            )
            farewell = await desk.carry(websocket, LinkEnd(token, point))
        except MarketError as error:
            await _turn_away(websocket, error)
            return
        _log.info(
            "link ended",
            point=point,
            reason=farewell.reason,
            seconds=round(time.perf_counter() - started, 1),
        )


async def _turn_away(websocket: WebSocket, error: MarketError) -> None:
    await websocket.send_denial_response(problem_response(error))
    # The server calls a handshake unfinished, in its log, until the connection is gone.
    await asyncio.sleep(0)


def _bearer(websocket: WebSocket) -> str:
    scheme, _, token = websocket.headers.get("authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else ""


def _admit(registers: Registers, bearer: str, job: str, token: str, *, now: int) -> int:
    """The point of whoever dials (raises MarketError). No cookie counts here: a page of another
    site may open a WebSocket under the reader's session."""
    caller = caller_of_token(registers, bearer, now=now) if bearer else None
    if caller is None:
        raise NotSignedIn
    return open_link(registers, require_scope(caller, "agent"), job, token)
