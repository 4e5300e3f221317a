"""Which network addresses a stranger's URL may lead to: public unicast, and nothing else.

The lists of the standard library tell private from global, but count as global what merely
carries another address (::127.0.0.1, 6to4, Teredo, NAT64) and, by its version, multicast or a
new documentation prefix. So IPv6 is an allow list: 2000::/3 alone is allocated (RFC 4291, IANA's
registry), less what is in it for transition and documentation. An address that NAT64 made
(RFC 6052) is as public as the IPv4 address in it: behind DNS64 every IPv4 host looks like that.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

_ALLOCATED = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
_NOT_FOR_HOSTS_6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarks (RFC 2928)
        "2001:db8::/32",  # documentation (RFC 3849)
        "2002::/16",  # 6to4, whose relays are gone (RFC 7526)
        "3fff::/20",  # documentation (RFC 9637)
    )
)
_NOT_FOR_HOSTS_4 = tuple(
    IPv4Network(network)
    for network in (
        "100.64.0.0/10",  # shared by carriers (RFC 6598)
        "192.0.0.0/24",  # protocol assignments (RFC 6890)
        "192.88.99.0/24",  # relays of 6to4 (RFC 7526)
    )
)
_ISATAP = (0x00005EFE, 0x02005EFE)


def is_public(address: str) -> bool:
    """Whether a host of the internet can have this address.

    Args:
        address: IPv4 or IPv6, as text.

    Raises:
        ValueError: it is not an address.
    """
    seen = ip_address(address)
    if isinstance(seen, IPv6Address):
        if seen in _NAT64:
            return _is_public_4(IPv4Address(int(seen) & 0xFFFFFFFF))
        return _is_public_6(seen)
    return _is_public_4(seen)


def _is_public_4(address: IPv4Address) -> bool:
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not any(address in network for network in _NOT_FOR_HOSTS_4)
    )


def _is_public_6(address: IPv6Address) -> bool:
    return (
        address.is_global
        and address in _ALLOCATED
        and address.scope_id is None
        and not any(address in network for network in _NOT_FOR_HOSTS_6)
        and not _is_isatap(address)
    )


def _is_isatap(address: IPv6Address) -> bool:
    """Whether the interface's half carries an IPv4 address (RFC 5214)."""
    return (int(address) >> 32) & 0xFFFFFFFF in _ISATAP
