"""A buyer's repository lies on a host whose name stands for an address inside the platform."""

from __future__ import annotations

import pytest

from market.adapters.repository import parse_address
from market.errors import Refused

INSIDE = [
    "127.0.0.1",
    "169.254.169.254",
    "224.0.0.1",
    "::127.0.0.1",
    "64:ff9b::10.0.0.1",
    "2002:7f00:1::1",
    "ff02::1",
    "fec0::1",
]


@pytest.mark.parametrize("address", INSIDE)
@pytest.mark.parametrize("beside", [[], ["93.184.216.34"]])
def test_host_inside_is_not_fetched_from(address: str, beside: list[str]) -> None:
    with pytest.raises(Refused) as caught:
        parse_address(
            "https://git.example.org/job",
            allow_file=False,
            resolver=lambda _: [*beside, address],
        )
    assert caught.value.code == "repository-address"
