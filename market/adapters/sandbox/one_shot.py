"""The one-shot sandbox: a server that takes one build over HTTP, answers and ends.

    POST /v1/build    a parcel (market.adapters.sandbox.parcel), with the sender's language_digest()
                      as `Market-Language`. 200: the runs. 503: it builds another
                      (`sandbox-busy`), or could not run programs. 409: of another release
                      (`sandbox-release`). 422: no parcel, after which it is ready as before
    GET /healthz      200: it lives, and whether it is `ready` or `busy`
    GET /readyz       200 while it is ready, else 503

It holds no secret and asks nobody who they are: who may reach it is the network's affair.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import BinaryIO, Literal

import structlog
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from market.adapters.sandbox.builds import FIRST, SECOND, Run, Runner, run_once, stage
from market.adapters.sandbox.exchange import (
    ARRIVAL_SECONDS,
    BUILD_PATH,
    LANGUAGE_HEADER,
    busy,
    full,
    not_run,
    other_release,
    too_large,
    too_late,
)
from market.adapters.sandbox.language import language_digest
from market.adapters.sandbox.parcel import ParcelLimits, answer_of, unpack
from market.errors import MarketError, Refused

_log = structlog.get_logger()


@dataclass
class OneShot:
    """The state of one process: it is ready, then busy with its one build, then over.

    Attributes:
        runner: runs programs.
        limits: of a parcel.
        end: called once its build is answered.
    """

    runner: Runner
    limits: ParcelLimits
    end: Callable[[], None]
    state: Literal["ready", "busy", "over"] = field(default="ready")

    def app(self) -> Starlette:
        """Its HTTP application."""
        return Starlette(
            routes=[
                Route(BUILD_PATH, self._build, methods=["POST"]),
                Route("/healthz", self._health),
                Route("/readyz", self._ready),
            ]
        )

    async def _health(self, _request: Request) -> Response:
        return JSONResponse({"sandbox": self.state})

    async def _ready(self, _request: Request) -> Response:
        return JSONResponse({"sandbox": self.state}, 200 if self.state == "ready" else 503)

    async def _build(self, request: Request) -> Response:
        if self.state != "ready":
            return await self._turn_away(request, busy(), 503)
        if request.headers.get(LANGUAGE_HEADER) != language_digest():
            return await self._turn_away(request, other_release(), 409)
        self.state = "busy"
        try:
            with tempfile.TemporaryFile(prefix="market-parcel-") as parcel:
                await self._receive(request, parcel)
                runs = await run_in_threadpool(self._run, parcel)
        except ClientDisconnect:
            self.state = "ready"
            return Response(status_code=400)
        except Refused as error:
            # Nothing of a program was run.
            self.state = "ready"
            return _problem(error, 422)
        except OSError:
            _log.exception("no room")
            return _problem(full(), 503, then=self._over)
        except MarketError as error:
            _log.warning("build failed", code=error.code, message=error.message)
            return _problem(not_run(), 503, then=self._over)
        _log.info("built", statuses=[run.outcome.status for run in runs])
        return Response(
            answer_of(runs), media_type="application/json", background=BackgroundTask(self._over)
        )

    async def _turn_away(self, request: Request, error: MarketError, status: int) -> Response:
        # Whoever is still sending would find the line cut, and not the answer.
        with suppress(ClientDisconnect, Refused), open(os.devnull, "wb") as nowhere:
            await self._receive(request, nowhere)
        return _problem(error, status)

    async def _receive(self, request: Request, parcel: BinaryIO) -> None:
        received_bytes = 0
        try:
            async with asyncio.timeout(ARRIVAL_SECONDS):
                async for piece in request.stream():
                    received_bytes += len(piece)
                    if received_bytes > self.limits.parcel_bytes:
                        raise too_large()
                    parcel.write(piece)
        except TimeoutError as error:
            raise too_late() from error

    def _run(self, parcel: BinaryIO) -> tuple[Run, Run]:
        """Both runs, each of files that no other run has seen."""
        first = self._run_afresh(parcel, "first")
        return (first, first) if first.is_in_vain else (first, self._run_afresh(parcel, "second"))

    def _run_afresh(self, parcel: BinaryIO, name: Literal["first", "second"]) -> Run:
        parcel.seek(0)
        with tempfile.TemporaryDirectory(prefix=f"market-{name}-") as folder:
            work = Path(folder)
            asked = unpack(parcel, work, self.limits)
            folders = stage(work, name, asked)
            return run_once(self.runner, folders, FIRST if name == "first" else SECOND)

    def _over(self) -> None:
        self.state = "over"
        self.end()


def _problem(
    error: MarketError, status: int, *, then: Callable[[], None] | None = None
) -> JSONResponse:
    body = {"code": error.code, "message": error.message, "next_action": error.next_action}
    return JSONResponse(body, status, background=BackgroundTask(partial(then)) if then else None)
