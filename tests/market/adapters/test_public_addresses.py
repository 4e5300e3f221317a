"""Which addresses a repository's host may have: every kind, in every spelling of one."""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.adapters.public_addresses import is_public

PUBLIC = [
    "93.184.216.34",
    "8.8.8.8",
    "2606:2800:220:1:248:1893:25c8:1946",
    "2a00:1450:4001:800::200e",
    "64:ff9b::8.8.8.8",
]
NOT_PUBLIC = {
    "this network": "0.0.0.1",
    "loopback": "127.0.0.1",
    "private": "10.0.0.1",
    "private of a router": "192.168.0.1",
    "private of twelve bits": "172.31.255.255",
    "a carrier's": "100.64.0.1",
    "link-local": "169.254.169.254",
    "protocol assignments": "192.0.0.9",
    "documentation": "192.0.2.1",
    "more documentation": "198.51.100.7",
    "third documentation": "203.0.113.9",
    "6to4 relay": "192.88.99.1",
    "benchmarks": "198.18.0.1",
    "multicast": "224.0.0.1",
    "wide multicast": "239.1.2.3",
    "reserved": "240.0.0.1",
    "broadcast": "255.255.255.255",
    "unspecified": "::",
    "loopback of IPv6": "::1",
    "IPv4-compatible loopback": "::127.0.0.1",
    "IPv4-compatible": "::8.8.8.8",
    "IPv4-mapped loopback": "::ffff:127.0.0.1",
    "IPv4-mapped": "::ffff:8.8.8.8",
    "IPv4-translated": "::ffff:0:127.0.0.1",
    "NAT64 of loopback": "64:ff9b::7f00:1",
    "NAT64 of a private network": "64:ff9b::10.0.0.1",
    "NAT64 of metadata": "64:ff9b::a9fe:a9fe",
    "NAT64 of multicast": "64:ff9b::224.0.0.1",
    "local NAT64": "64:ff9b:1::1",
    "discard": "100::1",
    "Teredo": "2001:0:7f00:1::1",
    "benchmarks of IPv6": "2001:2::1",
    "ORCHID": "2001:20::1",
    "documentation of IPv6": "2001:db8::1",
    "newer documentation": "3fff::1",
    "6to4 of loopback": "2002:7f00:1::1",
    "6to4 of a public address": "2002:808:808::1",
    "ISATAP": "2606:2800:220:1:0:5efe:10.0.0.1",
    "ISATAP with its bit": "2606:2800:220:1:200:5efe:10.0.0.1",
    "segment routing": "5f00::1",
    "unique local": "fd12:3456::1",
    "unique local, other half": "fc00::1",
    "link-local of IPv6": "fe80::1",
    "link-local of a device": "fe80::1%eth0",
    "public of a device": "2606:2800:220:1::1%eth0",
    "site-local": "fec0::1",
    "multicast of IPv6": "ff02::1",
    "wide multicast of IPv6": "ff0e::1",
    "unallocated": "4000::1",
}


@pytest.mark.parametrize("address", PUBLIC)
def test_host_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("kind", NOT_PUBLIC)
def test_address_of_another_kind_is_not_public(kind: str) -> None:
    assert not is_public(NOT_PUBLIC[kind])


@given(st.ip_addresses(v=4))
def test_nat64_is_as_public_as_the_address_in_it(address: IPv4Address) -> None:
    assert is_public(f"64:ff9b::{address}") == is_public(str(address))


@given(st.ip_addresses(v=4))
def test_no_other_way_to_carry_an_ipv4_address_is_public(address: IPv4Address) -> None:
    number = int(address)
    high, low = number >> 16, number & 0xFFFF
    for carrier in (f"::{address}", f"::ffff:{address}", f"2002:{high:x}:{low:x}::1"):
        assert not is_public(carrier)
