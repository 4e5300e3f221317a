"""What every request to a desk must keep to, and what every answer has."""

from __future__ import annotations

from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from market.desk.admission import Admission

ENTER = "/enter"
STATIC_PATH = "/static/"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
"""Of every answer, whatever it holds."""
_OUTSIDE = "Open the link that `market ui` shows in its terminal; press Enter there for a new one."


class Edge:
    """The outermost layer: nobody but an admitted browser is heard (market.desk.admission)."""

    def __init__(self, app: ASGIApp, admission: Admission) -> None:
        self._app = app
        self._admission = admission

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if status := self._refusal(scope):
            await PlainTextResponse(_OUTSIDE, status)(scope, receive, send)
            return
        scope["root_path"] = self._admission.base
        is_static = self._path(scope).startswith(STATIC_PATH)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers["Cache-Control"] = "max-age=86400" if is_static else "no-store"
            await send(message)

        await self._app(scope, receive, send_with_headers)

    def _path(self, scope: Scope) -> str:
        return str(scope["path"]).removeprefix(self._admission.base)

    def _refusal(self, scope: Scope) -> int:
        """The status a request is turned away with; 0 for one that is heard."""
        headers = Headers(scope=scope)
        if not self._admission.is_own_host(headers):
            return HTTPStatus.MISDIRECTED_REQUEST
        if not scope["path"].startswith(f"{self._admission.base}/"):
            return HTTPStatus.NOT_FOUND
        path = self._path(scope)
        session = self._admission.session_of(headers)
        scope.setdefault("state", {})["session"] = session
        if session or path == ENTER or path.startswith(STATIC_PATH):
            return 0
        return HTTPStatus.FORBIDDEN
