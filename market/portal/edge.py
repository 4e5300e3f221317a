"""What every answer has and every request must keep to: security headers, a request id, a limit on
the body's size and time, one log line.

The log holds the route's template, never the address: addresses of signed objects and of
one-time links are secrets.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from http import HTTPStatus

import structlog
from fastapi import HTTPException, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from market.entities.people import Caller
from market.errors import Unavailable
from market.log import learn, learning, log_context
from market.portal.access import session_of
from market.portal.bodies import STRANGER_BYTES, BodyLimit, body_limit, is_for_known_only
from market.portal.measures import PortalMeasures
from market.portal.upload_desk import time_for
from market.services.people.identify_caller import caller_of_session, caller_of_token
from market.settings import Settings

_log = structlog.get_logger()


def security_headers(settings: Settings) -> dict[str, str]:
    """Headers of every answer. Forms may lead to Airflow, for the hand-over of a session."""
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        f"img-src 'self' data:; form-action 'self' {settings.airflow_browser_url}; "
        "frame-ancestors 'none'; base-uri 'none'"
    )
    headers = {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        # Not no-referrer: browsers would then send `Origin: null` with our own forms.
        "Referrer-Policy": "strict-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    }
    if settings.portal_url.startswith("https:"):
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return headers


class Edge:
    """The outermost layer of the portal."""

    def __init__(
        self, app: ASGIApp, headers: dict[str, str], measures: PortalMeasures | None = None
    ) -> None:
        self._app = app
        self._headers = headers
        self._measures = measures or PortalMeasures()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id
        started = time.perf_counter()
        status = 500

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
                self._add_headers(MutableHeaders(scope=message), scope["path"], request_id, status)
            await send(message)

        in_flight = self._measures.in_flight
        with (
            log_context(request_id=request_id),
            learning() as learned,
            in_flight.track_inprogress(),
        ):
            try:
                await self._app(scope, _limited(scope, receive), send_with_headers)
            finally:
                if status < HTTPStatus.BAD_REQUEST and "organisation" in learned:
                    # There is a job of this name, and whoever asked may know it.
                    learn(job=scope.get("path_params", {}).get("job"))
                self._tell(scope, status, time.perf_counter() - started)

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        method, route = scope["method"], getattr(scope.get("route"), "path", "none")
        self._measures.request(method, route, status, seconds)
        _log.info(
            "request",
            method=method,
            route=route,
            status=status,
            milliseconds=round(seconds * 1_000),
        )

    def _add_headers(
        self, headers: MutableHeaders, path: str, request_id: str, status: int
    ) -> None:
        for name, value in self._headers.items():
            headers[name] = value
        headers["X-Request-Id"] = request_id
        if "cache-control" not in headers:
            is_static = path.startswith("/static/") and status < HTTPStatus.BAD_REQUEST
            headers["Cache-Control"] = "public, max-age=86400" if is_static else "no-store"


def _limited(scope: Scope, receive: Receive) -> Receive:
    limit = body_limit(scope["path"])
    declared = Headers(scope=scope).get("content-length", "0")
    received_bytes = 0
    is_whole = False
    may_be_long = not is_for_known_only(scope["path"])
    ends_at: float | None = None

    async def require_fit(size_bytes: int) -> None:
        nonlocal may_be_long
        if size_bytes > limit.size_bytes:
            raise HTTPException(413)
        if size_bytes > STRANGER_BYTES and not may_be_long:
            await _require_sender(scope, limit)
            may_be_long = True

    async def receive_limited() -> Message:
        nonlocal received_bytes, is_whole, ends_at
        if is_whole:
            # What comes after a body is the end of the connection, whenever that is.
            return await receive()
        if not declared.isascii() or not declared.isdigit():
            raise HTTPException(413)
        await require_fit(int(declared))
        if ends_at is None:
            ends_at = _now() + time_for(int(declared) or limit.size_bytes)
        message = await _by(ends_at, receive)
        received_bytes += len(message.get("body", b""))
        is_whole = not message.get("more_body", False)
        await require_fit(received_bytes)
        return message

    return receive_limited


def _now() -> float:
    return asyncio.get_running_loop().time()


async def _by(ends_at: float, receive: Receive) -> Message:
    try:
        async with asyncio.timeout_at(ends_at):
            return await receive()
    except TimeoutError as error:
        raise HTTPException(408) from error


async def _require_sender(scope: Scope, limit: BodyLimit) -> None:
    """That a long body comes with a live API token, or a page's form in a live session (else 401),
    and with one for it (else 403)."""
    try:
        found = await run_in_threadpool(_sender, scope)
    except Unavailable as error:
        raise HTTPException(503) from error
    if found is None:
        raise HTTPException(401)
    if not limit.admits(found):
        raise HTTPException(403)


def _sender(scope: Scope) -> Caller | None:
    state = scope["app"].state
    if not scope["path"].startswith("/api/"):
        return caller_of_session(state.platform, session_of(Request(scope)), now=state.clock())
    scheme, _, token = Headers(scope=scope).get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    return caller_of_token(state.platform, token, now=state.clock())
