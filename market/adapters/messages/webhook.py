"""Documents posted to addresses that users gave: to hosts of the internet, and nowhere inside.

The host is looked up once, and every address it has must be public
(market.adapters.public_addresses); the connection goes to one of these, so that a second look-up
cannot lead elsewhere. No redirect is followed, no proxy asked, and of the answer nothing but its
status is read.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from urllib.parse import urlsplit

import httpx

from market.adapters.public_addresses import is_public
from market.errors import Refused, Unavailable

_SECONDS = 10
"""For all of it: a server that answers a byte at a time would else hold everybody's notices up."""
_PORTS = {"https": 443, "http": 80}

Resolver = Callable[[str], list[str]]
"""Host name to the addresses it stands for."""


def resolve(host: str) -> list[str]:
    """The addresses of a host (raises OSError)."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def post_hook(url: str, body: bytes, *, allow_private: bool, resolver: Resolver = resolve) -> None:
    """POST a document; an answer of 200 to 299 is success.

    Args:
        allow_private: whether it may lead to hosts of the operator's own network.

    Raises:
        Refused: `hook-address`: the host stands for an address that is not public.
        Unavailable: `hook-failed`: no answer in time, or none of success.
    """
    host = urlsplit(url).hostname or ""
    try:
        addresses = resolver(host)
    except (OSError, UnicodeError) as error:
        raise _failed(host, "its name is not known") from error
    if not allow_private and not all(map(is_public, addresses)):
        raise Refused(
            "hook-address",
            f"The host {host} is not on the internet.",
            "Give an address that everybody can reach.",
        )
    try:
        status = asyncio.run(_post(url, host, addresses[0], body))
    except TimeoutError as error:
        raise _failed(host, f"it did not answer within {_SECONDS} seconds") from error
    except httpx.HTTPError as error:
        raise _failed(host, type(error).__name__) from error
    if not httpx.codes.is_success(status):
        raise _failed(host, f"it answered {status}")


async def _post(url: str, host: str, address: str, body: bytes) -> int:
    parts = urlsplit(url)
    port = parts.port or _PORTS[parts.scheme]
    where = httpx.URL(url).copy_with(host=address, port=port)
    named = host if parts.port is None else f"{host}:{port}"
    headers = {"Host": named, "Content-Type": "application/json", "User-Agent": "ciphertext-market"}
    async with (
        asyncio.timeout(_SECONDS),
        httpx.AsyncClient(timeout=_SECONDS, trust_env=False, follow_redirects=False) as client,
        client.stream(
            "POST", where, content=body, headers=headers, extensions={"sni_hostname": host}
        ) as answer,
    ):
        return answer.status_code


def _failed(host: str, why: str) -> Unavailable:
    return Unavailable(
        "hook-failed",
        f"The webhook at {host} was not delivered: {why}.",
        "Look at the server behind it, which has to answer with 200 to 299.",
    )
