"""The platform hands out two members' shares of three, so that a lie in them goes unnoticed."""

from __future__ import annotations

import pytest
from world.cheating_session import bundle_of, expected_of, restated
from world.members_market import MembersMarket

from market.client.results.open_result import open_checked
from market.client.verify.check_bundle import check_bundle
from market.errors import Refused


def test_result_without_one_members_share_is_not_opened_unasked() -> None:
    market = MembersMarket()
    job = market.release_all(market.sealed(), {"#valid": 900 << 30})
    whole = bundle_of(market, job)
    dropped = restated(whole, envelopes=whole.envelopes[1:], receipts=whole.receipts[1:])
    checked = check_bundle(dropped, expected_of(market, job))
    with pytest.raises(Refused) as refused:
        open_checked(checked, market.recipient)
    assert refused.value.code == "result-unverified"
    assert market.agreement.members[0].organisation in refused.value.message
