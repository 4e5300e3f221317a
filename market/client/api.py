"""The portal's JSON API over HTTP. Problems come back as the same typed errors services raise."""

from __future__ import annotations

import ssl
from functools import cache
from typing import Any

import httpx

from market.errors import (
    Conflict,
    MarketError,
    NotFound,
    NotPermitted,
    Refused,
    Unavailable,
)
from market.ports.object_store import upload_headers

_KINDS: dict[int, type[MarketError]] = {
    401: NotPermitted,
    403: NotPermitted,
    404: NotFound,
    409: Conflict,
    422: Refused,
    503: Unavailable,
}


@cache
def _trusted() -> ssl.SSLContext:
    """The machine's trust in certificates, read once: reading it takes longer than most calls."""
    return httpx.create_ssl_context()


class PortalClient:
    """One person's connection to one portal.

    Args:
        url: the portal's address.
        token: an API token, or empty before login.
    """

    def __init__(self, url: str, token: str = "", *, timeout_seconds: float = 30) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.url = url.rstrip("/")
        self._http = httpx.Client(
            base_url=self.url, headers=headers, timeout=timeout_seconds, verify=_trusted()
        )

    def close(self) -> None:
        self._http.close()

    def get(self, path: str, **query: str) -> Any:
        """GET /api/v1/`path`: the JSON body.

        Raises:
            MarketError: what the portal answered; Unavailable when it does not answer.
        """
        return self._call("GET", path, params=query).json()

    def get_bytes(self, path: str) -> bytes:
        return self._call("GET", path).content

    def post(self, path: str, body: dict[str, Any]) -> Any:
        return self._call("POST", path, json=body).json()

    def put(self, path: str, body: dict[str, Any]) -> Any:
        return self._call("PUT", path, json=body).json()

    def delete(self, path: str) -> None:
        self._call("DELETE", path)

    def upload(self, key: str, data: bytes, *, sha256: str) -> None:
        """Store an object through a signed URL; what is stored already is not sent again.

        Raises:
            Conflict: the key holds other bytes; Unavailable: the store does not answer.
        """
        body = {"key": key, "sha256": sha256, "size_bytes": len(data)}
        answer = self.post("uploads", body)
        if answer["stored"]:
            return
        status = self._put(answer["url"], data, upload_headers(sha256))
        # Somebody was quicker: the portal tells whether it was with these very bytes.
        if status in (409, 412) and self.post("uploads", body)["stored"]:
            return
        if not 200 <= status < 300:
            raise _store_unavailable(status)

    def download(self, key: str, *, limit_bytes: int) -> bytes:
        """An object's bytes. Raises Refused when it is larger than `limit_bytes`."""
        url = self.get(f"objects/{key}")["url"]
        data = bytearray()
        try:
            with self._plain() as plain, plain.stream("GET", url) as response:
                if not response.is_success:
                    raise _store_unavailable(response.status_code)
                for piece in response.iter_bytes():
                    data += piece
                    if len(data) > limit_bytes:
                        raise Refused(
                            "object-too-large",
                            f"Object {key} has more than {limit_bytes} bytes.",
                            "The store does not hold what the manifest says; tell the platform.",
                        )
        except httpx.HTTPError as error:
            raise self._unavailable(error) from error
        return bytes(data)

    def _call(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        try:
            response = self._http.request(method, f"/api/v1/{path}", **arguments)
        except httpx.HTTPError as error:
            raise self._unavailable(error) from error
        if response.is_success:
            return response
        raise _problem(response)

    def _plain(self) -> httpx.Client:
        # Signed URLs may lead to another host, which must not see the token.
        return httpx.Client(base_url=self.url, timeout=self._http.timeout)

    def _put(self, url: str, data: bytes, headers: dict[str, str]) -> int:
        try:
            with self._plain() as plain:
                return plain.put(url, content=data, headers=headers).status_code
        except httpx.HTTPError as error:
            raise self._unavailable(error) from error

    def _unavailable(self, error: httpx.HTTPError) -> Unavailable:
        return Unavailable(
            "portal-unavailable",
            f"The portal at {self.url} does not answer ({type(error).__name__}).",
            "Check the address and that the portal runs (`market status`), then try again.",
        )


def _store_unavailable(status: int) -> Unavailable:
    return Unavailable(
        "store-unavailable",
        f"The object store answered {status}.",
        "Run the command again: what is stored is not sent twice.",
    )


def _problem(response: httpx.Response) -> MarketError:
    kind = _KINDS.get(response.status_code, Unavailable)
    try:
        body = response.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        body = {}
    return kind(
        str(body.get("code", f"http-{response.status_code}")),
        str(body.get("detail", f"The portal answered {response.status_code}.")),
        str(body.get("next_action", "Try again; if it repeats, look at the portal's log.")),
    )
