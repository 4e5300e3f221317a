"""How often one job has its request verified: by the platform when it comes and before it is
evaluated, by the agent once for approval and release together."""

from __future__ import annotations

import pytest
from world.live_market import COUNT, LiveMarket

from crypto.identity import PublicKey
from market.records import signed
from market.records.request import Request


def test_one_request_is_verified_three_times_from_signature_to_release(
    market: LiveMarket, monkeypatch: pytest.MonkeyPatch
) -> None:
    verify, verified = signed.verify, []

    def counted(public: PublicKey, tag: str, data: bytes, signature: str) -> None:
        verified.append(tag)
        verify(public, tag, data, signature)

    monkeypatch.setattr(signed, "verify", counted)
    market.released(COUNT)
    assert verified.count(Request.TAG) == 3
