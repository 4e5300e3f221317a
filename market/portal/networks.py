"""Which network a request comes from, by the word of proxies that the operator has named and of
nobody else: what a browser writes into X-Forwarded-For itself stands further left than they look.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

_SITE_BITS: Final = 64
"""Of an IPv6 address: whoever has one has all that begin with these (RFC 6177)."""


def network_of(peer: str, forwarded: Sequence[str], trusted_proxies: int) -> str:
    """An IPv4 address or the /64 of an IPv6 address, as text; empty where it is not known.

    A connection from this machine itself does not tell where anybody is, and neither does one that
    came by fewer proxies than there are.

    Args:
        peer: the address of whoever connected.
        forwarded: the values of X-Forwarded-For, in their order.
        trusted_proxies: how many proxies stand in front, each of which adds who connected to it.
    """
    told = [one.strip() for value in forwarded for one in value.split(",")]
    way = [*told, peer]
    if trusted_proxies >= len(way):
        return ""
    try:
        address = ip_address(way[-1 - trusted_proxies])
    except ValueError:
        return ""
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or address
    if address.is_loopback:
        return ""
    if isinstance(address, IPv6Address):
        return str(ip_network((int(address), _SITE_BITS), strict=False))
    return str(address)
