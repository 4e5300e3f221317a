"""Which proxy leads to a host: as the environment says, and never to this machine itself."""

from __future__ import annotations

from importlib.util import find_spec
from ipaddress import ip_address
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx

from market.errors import Refused

_SOCKS = ("socks5", "socks5h")
_KNOWN = ("http", "https", *_SOCKS)


def proxy_for(scheme: str, host: str) -> httpcore.Proxy | None:
    """The proxy to reach a host by, or None: `<scheme>_proxy`, else `all_proxy`, unless `no_proxy`.

    Raises:
        Refused: `proxy-unsupported` for a kind of proxy this installation cannot use;
            `proxy-malformed` for what is not an address. The variable is named, never its
            value, which may hold a password.
    """
    if is_loopback(host):
        return None
    given = getproxies()
    kind = scheme if given.get(scheme) else "all"
    text = given.get(kind, "")
    if not text or proxy_bypass(host):
        return None
    address = _address(text, f"{kind.upper()}_PROXY")
    return httpcore.Proxy(
        httpcore.URL(
            scheme=address.raw_scheme, host=address.raw_host, port=address.port, target=b"/"
        ),
        auth=(address.username, address.password) if address.username else None,
    )


def is_loopback(host: str) -> bool:
    """Whether a host's name or address can only mean this machine."""
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def _address(text: str, variable: str) -> httpx.URL:
    try:
        address = httpx.URL(text if "://" in text else f"http://{text}")
    except httpx.InvalidURL as error:
        raise _malformed(variable) from error
    if not address.host:
        raise _malformed(variable)
    if address.scheme not in _KNOWN:
        raise Refused(
            "proxy-unsupported",
            f"{variable} names a proxy of the kind {address.scheme:.20}; known are "
            f"{', '.join(_KNOWN)}.",
            f"Correct {variable}, or unset it.",
        )
    if address.scheme in _SOCKS and find_spec("socksio") is None:
        raise Refused(
            "proxy-unsupported",
            f"{variable} names a SOCKS proxy, and the library for it is not installed.",
            f"Install it (pip install socksio), name an HTTP proxy, or unset {variable}.",
        )
    return address


def _malformed(variable: str) -> Refused:
    return Refused(
        "proxy-malformed",
        f"{variable} does not hold the address of a proxy.",
        f"Write it as http://HOST:PORT, or unset {variable}.",
    )
