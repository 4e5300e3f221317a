"""A member's certificate, signed for another request, is put beside this one's approval."""

from __future__ import annotations

import pytest
from world.members_market import MembersMarket

from market.errors import Refused


def test_joining_of_another_request_is_not_taken() -> None:
    market = MembersMarket()
    job = market.requested()
    party = job.parties[0]
    foreign = market.join_of(job, party, request_hash="ab" * 32)
    with pytest.raises(Refused) as refused:
        market.approve_of(job, party, foreign)
    assert refused.value.code == "approval-invalid"
    assert market.jobs.documents(job.job).find("join", party) is None
