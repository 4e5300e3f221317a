"""Which network a request comes from, by the word of trusted proxies alone."""

from __future__ import annotations

import pytest

from market.portal.networks import network_of

PROXY, SOMEBODY, CLAIMED = "10.0.0.2", "203.0.113.7", "198.51.100.1"


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "expected"),
    [
        (SOMEBODY, [], 0, SOMEBODY),
        (SOMEBODY, [CLAIMED], 0, SOMEBODY),
        (PROXY, [SOMEBODY], 1, SOMEBODY),
        (PROXY, [f"{CLAIMED}, {SOMEBODY}"], 1, SOMEBODY),
        (PROXY, [CLAIMED, SOMEBODY], 1, SOMEBODY),
        (PROXY, [f"{CLAIMED},{SOMEBODY} , 10.0.0.3"], 2, SOMEBODY),
        ("127.0.0.1", [SOMEBODY], 1, SOMEBODY),
        # Fewer proxies than there are, or a word that is no address: not known.
        (PROXY, [], 1, ""),
        (PROXY, [SOMEBODY], 2, ""),
        (PROXY, [""], 1, ""),
        (PROXY, ["unknown"], 1, ""),
        (PROXY, ["203.0.113.7:50000"], 1, ""),
        ("", [], 0, ""),
        # This machine itself.
        ("127.0.0.1", [], 0, ""),
        ("::1", [], 0, ""),
        ("::ffff:127.0.0.1", [], 0, ""),
        # A site of IPv6 is one network.
        ("2001:db8:1:2:3:4:5:6", [], 0, "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", [], 0, "2001:db8:1:2::/64"),
        ("fe80::1%eth0", [], 0, "fe80::/64"),
        ("::ffff:203.0.113.7", [], 0, SOMEBODY),
    ],
)
def test_network_is_who_connected_to_the_farthest_trusted_proxy(
    peer: str, forwarded: list[str], trusted: int, expected: str
) -> None:
    assert network_of(peer, forwarded, trusted) == expected
