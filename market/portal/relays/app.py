"""The relay as a process of its own: one, behind however many portals, with the database alone.

It reads who is whose agent and which sessions are sealed, and holds no secret of the platform's.
"""

from __future__ import annotations

import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import FrameType

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from market.portal import problems
from market.portal.access import unix_time
from market.portal.relays import routes as relay
from market.portal.relays.desk import RelayDesk
from market.services.platform import Registers
from market.settings import Settings


def create_relay(
    registers: Registers,
    settings: Settings,
    *,
    clock: Callable[[], int] = unix_time,
    at_end: Callable[[], None] = lambda: None,
) -> FastAPI:
    """The relay's application.

    Args:
        clock: Unix seconds.
        at_end: called when nothing is served any more.
    """

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        at_end()

    app = FastAPI(openapi_url=None, redirect_slashes=False, lifespan=lifespan)
    app.state.registers = registers
    app.state.clock = clock
    app.state.relay = RelayDesk(settings.relay_idle_seconds, settings.relay_maximum_bytes)
    app.router.routes.extend(relay.router.routes)
    app.add_api_route("/healthz", _health)

    @app.exception_handler(HTTPException)
    def on_http(_request: Request, error: HTTPException) -> Response:
        return problems.problem_response(problems.of_http(error), status=error.status_code)

    return app


def _health(request: Request) -> JSONResponse:
    """Whether the relay takes links. That its database answers is asked with every link, and is no
    reason to restart a process that carries others."""
    desk: RelayDesk = request.app.state.relay
    state = "ending" if desk.is_closed else "ok"
    return JSONResponse({"relay": state, "links": desk.links}, 503 if desk.is_closed else 200)


class RelayServer(uvicorn.Server):
    """A server that, told to stop, first lets its links come to their end; told twice, stops.

    Args:
        desk: of the application.
        grace_seconds: how long links may take: with them goes what members were charged for.
    """

    def __init__(self, config: uvicorn.Config, desk: RelayDesk, grace_seconds: float) -> None:
        super().__init__(config)
        self._desk = desk
        self._grace_seconds = grace_seconds
        self._ends_at: float | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to end. It comes between any two instructions of the loop: it notes the time."""
        if self._ends_at is not None or sig == signal.SIGINT:
            super().handle_exit(sig, frame)
        self._ends_at = time.monotonic() + self._grace_seconds

    async def on_tick(self, counter: int) -> bool:
        """Whether to stop serving now; asked ten times a second."""
        if self._ends_at is not None:
            self._desk.close()
            if self._desk.links == 0 or time.monotonic() >= self._ends_at:
                return True
        return await super().on_tick(counter)
