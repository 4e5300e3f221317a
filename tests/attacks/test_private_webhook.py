"""A user has notices posted to an address inside the platform: to its cloud's own services, say."""

from __future__ import annotations

import pytest

from market.adapters.messages.webhook import post_hook
from market.errors import Refused


@pytest.mark.parametrize("inside", ["169.254.169.254", "127.0.0.1", "64:ff9b::10.0.0.1"])
@pytest.mark.parametrize("beside", [[], ["93.184.216.34"]])
def test_no_notice_is_posted_inside(inside: str, beside: list[str]) -> None:
    with pytest.raises(Refused) as caught:
        post_hook(
            "https://hook.example/",
            b"{}",
            allow_private=False,
            resolver=lambda _host: [*beside, inside],
        )
    assert caught.value.code == "hook-address"
