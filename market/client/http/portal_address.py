"""The address of a portal, as somebody types it: read before anything is asked or sent."""

from __future__ import annotations

from typing import Final

import httpx

from market.errors import Refused

_SCHEMES: Final = ("http", "https")
_LAST_PORT: Final = 65_535


def portal_address(typed: str) -> str:
    """An address without the slashes at its end: scheme, host, and port and path where it has them.

    Raises:
        Refused: `address-malformed`: no portal can be at it; nothing was sent.
    """
    try:
        url = httpx.URL(typed.strip())
    except (httpx.InvalidURL, ValueError):
        raise _malformed("it does not read as one") from None
    if url.scheme not in _SCHEMES:
        raise _malformed("it begins with neither https:// nor http://")
    if not url.host or not _is_host(url):
        raise _malformed("it names no host")
    if url.userinfo:
        # Said without showing it: a password may stand there.
        raise _malformed("a user or password stands in it; market login asks for them")
    if url.port is not None and not 1 <= url.port <= _LAST_PORT:
        raise _malformed(f"there is no port {url.port}; ports are 1 to {_LAST_PORT}")
    if url.query or url.fragment or "?" in typed or "#" in typed:
        raise _malformed("it goes on behind ? or #")
    return typed.strip().rstrip("/")


def _is_host(url: httpx.URL) -> bool:
    return not set(url.host) & set(" %<>\"'\\^`{|}")


def _malformed(why: str) -> Refused:
    return Refused(
        "address-malformed",
        f"That is no portal's address: {why}.",
        "Give it as https://market.example.org, as its operator handed it out.",
    )
