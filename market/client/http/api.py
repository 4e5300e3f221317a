"""The portal's JSON API over HTTP. Problems come back as the same typed errors services raise."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import nullcontext
from threading import local
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from market.client.http.answers import DOCUMENT, PROBLEM_BYTES, SMALL, limits_of, read_answer
from market.client.http.portal_address import portal_address
from market.client.http.problems import problem_of
from market.client.http.transport import (
    Answer,
    Limits,
    TooLarge,
    Transport,
    Waiting,
    nonsense,
)
from market.errors import Refused, Unavailable
from market.policy.submission.submission_key import HEADER, header_text
from market.ports.object_store import upload_headers

_SLOWEST_BYTES_PER_SECOND = 250_000
_OBJECT_SECONDS = 60


class PortalClient:
    """One person's connection to one portal. Each thread that calls it has connections of its own.

    Args:
        url: the portal's address.
        token: an API token, or empty before login; or what reads the one that holds now.
        waiting: entered around every exchange (market.client.http.transport).
    """

    def __init__(
        self,
        url: str,
        token: str | Callable[[], str] = "",
        *,
        waiting: Waiting = nullcontext,
    ) -> None:
        self.url = url.rstrip("/")
        self._token = token
        self._waiting = waiting
        self._of_thread = local()
        self._transports: list[Transport] = []

    def close(self) -> None:
        """End the connections; the next call opens new ones."""
        self._of_thread = local()
        while self._transports:
            self._transports.pop().close()

    def get(self, path: str, **query: str) -> Any:
        """GET /api/v1/`path`: the JSON body.

        Raises:
            MarketError: what the portal answered; Unavailable when it does not answer, or not in
                bounds and shape.
        """
        return self._json("GET", path, query=query)

    def get_bytes(self, path: str) -> bytes:
        """GET /api/v1/`path`: the body as it came, bounded as a document. Raises as `get`."""
        return self._call("GET", path, DOCUMENT).body

    def post(self, path: str, body: dict[str, Any], *, key: str = "") -> Any:
        """POST a JSON object to /api/v1/`path`: the answer's JSON. Raises as `get`.

        Args:
            key: under which a submission may be sent again (market.policy.submission).
        """
        return self._json("POST", path, body, key=key)

    def send(self, path: str, data: bytes) -> Any:
        """POST bytes as they are to /api/v1/`path`: the answer's JSON. Raises as `get`."""
        limits = Limits(PROBLEM_BYTES, _seconds_for(len(data)))
        answer = self._call("POST", path, limits, data)
        return read_answer("POST", path, answer.body)

    def put(self, path: str, body: dict[str, Any]) -> Any:
        """PUT a JSON object to /api/v1/`path`: the answer's JSON. Raises as `get`."""
        return self._json("PUT", path, body)

    def delete(self, path: str) -> None:
        """DELETE /api/v1/`path`. Raises as `get`."""
        self._call("DELETE", path, SMALL)

    def upload(self, key: str, data: bytes, *, sha256: str) -> None:
        """Store an object through a signed URL; what is stored already is not sent again.

        Raises:
            Conflict: the key holds other bytes.
            Unavailable: `store-unavailable`, `store-refused`.
        """
        body = {"key": key, "sha256": sha256, "size_bytes": len(data)}
        answer = self.post("uploads", body)
        if answer["stored"]:
            return
        sent = self._transport().exchange(
            "PUT",
            self._signed(answer["url"]),
            Limits(PROBLEM_BYTES, _seconds_for(len(data))),
            headers=list(upload_headers(sha256).items()),
            content=data,
        )
        # Somebody was quicker: the portal tells whether it was with these very bytes.
        if sent.status in (409, 412) and self.post("uploads", body)["stored"]:
            return
        if not sent.is_success:
            raise _store_unavailable(sent.status)

    def download(self, key: str, *, limit_bytes: int) -> bytes:
        """An object's bytes, unverified: the caller knows their hash.

        Raises:
            Refused: `object-too-large`: it has more than `limit_bytes`.
            Unavailable: `store-unavailable`; `store-refused`: the store does not give it.
        """
        url = self._signed(self.get(f"objects/{key}")["url"])
        limits = Limits(limit_bytes, _seconds_for(limit_bytes))
        try:
            got = self._transport().exchange("GET", url, limits)
        except TooLarge as error:
            raise Refused(
                "object-too-large",
                f"Object {key} has more than {limit_bytes} bytes.",
                "The store does not hold what the manifest says; tell the platform.",
            ) from error
        if not got.is_success:
            raise _store_unavailable(got.status)
        return got.body

    def _json(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        query: dict[str, str] | None = None,
        key: str = "",
    ) -> Any:
        answer = self._call(method, path, limits_of(method, path), body, query, key)
        return read_answer(method, path, answer.body)

    def _call(
        self,
        method: str,
        path: str,
        limits: Limits,
        body: dict[str, Any] | bytes | None = None,
        query: dict[str, str] | None = None,
        key: str = "",
    ) -> Answer:
        url = httpx.URL(
            f"{portal_address(self.url)}/api/v1/{quote(path)}"
            f"{'?' if query else ''}{urlencode(query or {})}"
        )
        headers = [("Accept", "application/json"), *self._authorization()]
        if key:
            headers.append((HEADER, header_text(key)))
        content = b""
        if isinstance(body, bytes):
            headers.append(("Content-Type", "application/octet-stream"))
            content = body
        elif body is not None:
            headers.append(("Content-Type", "application/json"))
            content = json.dumps(body).encode()
        answer = self._transport().exchange(method, url, limits, headers=headers, content=content)
        if answer.is_success:
            return answer
        if len(answer.body) > PROBLEM_BYTES:
            raise TooLarge(url.host, PROBLEM_BYTES)
        raise problem_of(answer)

    def _transport(self) -> Transport:
        """This thread's: a transport makes one exchange at a time."""
        if not hasattr(self._of_thread, "transport"):
            self._of_thread.transport = Transport(self._waiting)
            self._transports.append(self._of_thread.transport)
        transport: Transport = self._of_thread.transport
        return transport

    def _authorization(self) -> list[tuple[str, str]]:
        token = self._token if isinstance(self._token, str) else self._token()
        if not token:
            return []
        if not (token.isascii() and token.isprintable()):
            raise Refused(
                "token-malformed",
                "The token holds characters that no token has.",
                "Sign in again: market login.",
            )
        return [("Authorization", f"Bearer {token}")]

    def _signed(self, text: str) -> httpx.URL:
        """A signed address. It may lead to another host, which must not see the token."""
        try:
            url = httpx.URL(self.url).join(text)
        except (httpx.InvalidURL, ValueError) as error:
            raise nonsense("The address it gave for an object is not an address") from error
        allowed = ("https",) if self.url.startswith("https:") else ("http", "https")
        if url.scheme not in allowed or not url.host:
            raise nonsense(f"An object's address is not under {' or '.join(allowed)}")
        return url


def _seconds_for(size_bytes: int) -> float:
    return _OBJECT_SECONDS + size_bytes / _SLOWEST_BYTES_PER_SECOND


def _store_unavailable(status: int) -> Unavailable:
    if status in (408, 429) or status >= 500:
        return Unavailable(
            "store-unavailable",
            f"The object store answered {status}.",
            "Run the command again: what is stored is not sent twice.",
        )
    return Unavailable(
        "store-refused",
        f"The object store answered {status}: it does not take or give this object.",
        "Compare this machine's clock with the portal's; else tell the portal's operator.",
    )
