"""What every answer has and every request must keep to: security headers, a request id, a limit
on the body, one log line.

The log holds the route's template, never the address: addresses of signed objects and of the
setup link are secrets.
"""

from __future__ import annotations

import re
import secrets
import time

import structlog
from fastapi import HTTPException
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from market.errors import Unavailable
from market.log import log_context
from market.portal.api_datasets import MAXIMUM_OBJECT_BYTES, MAXIMUM_PLAN_BYTES
from market.ports.people import People
from market.settings import Settings

_log = structlog.get_logger()

_KIBIBYTE, _MEBIBYTE = 1024, 1024 * 1024
_FORM_BYTES = 64 * _KIBIBYTE
_STRANGER_BYTES = 256 * _KIBIBYTE
_BODY_BYTES = (
    (re.compile(r"/api/v1/datasets"), 160 * _MEBIBYTE),
    (re.compile(r"/api/v1/jobs/[^/]+/(request|approval|refusal|release)"), 40 * _MEBIBYTE),
    # As a JSON string a plan's own quotation marks are escaped: it grows to twice its size at most.
    (re.compile(r"/api/v1/quotes"), 2 * MAXIMUM_PLAN_BYTES + _KIBIBYTE),
    (re.compile(r"/api/.*"), _STRANGER_BYTES),
    (re.compile(r"/objects/.*"), MAXIMUM_OBJECT_BYTES),
)


def body_limit_bytes(path: str) -> int:
    """How large a request's body may be."""
    for pattern, limit_bytes in _BODY_BYTES:
        if pattern.fullmatch(path):
            return limit_bytes
    return _FORM_BYTES


def is_for_known_only(path: str) -> bool:
    """Whether a body over `_STRANGER_BYTES` is read only with a live API token: a framework parses
    what it has read before any route asks who sent it. Signed addresses bring their own proof."""
    return path.startswith("/api/") and body_limit_bytes(path) > _STRANGER_BYTES


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

    def __init__(self, app: ASGIApp, headers: dict[str, str]) -> None:
        self._app = app
        self._headers = headers

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
                self._add_headers(MutableHeaders(scope=message), scope["path"], request_id)
            await send(message)

        with log_context(request_id=request_id):
            try:
                await self._app(scope, _limited(scope, receive), send_with_headers)
            finally:
                route = scope.get("route")
                _log.info(
                    "request",
                    method=scope["method"],
                    route=getattr(route, "path", "none"),
                    status=status,
                    milliseconds=round((time.perf_counter() - started) * 1_000),
                )

    def _add_headers(self, headers: MutableHeaders, path: str, request_id: str) -> None:
        for name, value in self._headers.items():
            headers[name] = value
        headers["X-Request-Id"] = request_id
        if "cache-control" not in headers:
            is_static = path.startswith("/static/")
            headers["Cache-Control"] = "public, max-age=86400" if is_static else "no-store"


def _limited(scope: Scope, receive: Receive) -> Receive:
    limit_bytes = body_limit_bytes(scope["path"])
    declared = Headers(scope=scope).get("content-length", "0")
    received_bytes = 0

    may_be_long = not is_for_known_only(scope["path"])

    async def require_fit(size_bytes: int) -> None:
        nonlocal may_be_long
        if size_bytes > limit_bytes:
            raise HTTPException(413)
        if size_bytes > _STRANGER_BYTES and not may_be_long:
            may_be_long = await _is_known(scope)
            if not may_be_long:
                raise HTTPException(401)

    async def receive_limited() -> Message:
        nonlocal received_bytes
        if not declared.isascii() or not declared.isdigit():
            raise HTTPException(413)
        await require_fit(int(declared))
        message = await receive()
        received_bytes += len(message.get("body", b""))
        await require_fit(received_bytes)
        return message

    return receive_limited


async def _is_known(scope: Scope) -> bool:
    """Whether the request carries a live API token."""
    scheme, _, token = Headers(scope=scope).get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return False
    state = scope["app"].state
    people: People = state.platform.people
    try:
        found = await run_in_threadpool(people.token_user, token, now=state.clock())
    except Unavailable as error:
        raise HTTPException(503) from error
    return found is not None
