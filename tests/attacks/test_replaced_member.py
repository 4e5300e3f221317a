"""Attack: go on as a member's agent after its owner has appointed another in its place.

An agreement names its members' agents by key, and a stolen home has the key: with it goes a share
of every result, and a yes in the member's name.
"""

from __future__ import annotations

import pytest
from world.consortium_builders import MEMBERS, agent_name
from world.members_market import MembersMarket
from world.people import CAROL

from market.errors import Refused
from market.services.compute.seal_job import seal_job


@pytest.fixture
def market() -> MembersMarket:
    made = MembersMarket()
    made.appoint(MEMBERS[CAROL.organisation], agent_name(CAROL.organisation))
    return made


def test_nothing_is_asked_once_a_members_agent_was_replaced(market: MembersMarket) -> None:
    assert market.requested().state == "requested"
    market.appoint(MEMBERS[CAROL.organisation], "another")
    with pytest.raises(Refused, match="agent-not-appointed"):
        market.submit()


def test_what_was_approved_before_is_not_sealed(market: MembersMarket) -> None:
    job = market.approve(market.requested())
    market.appoint(MEMBERS[CAROL.organisation], "another")
    ended = seal_job(market.platform, job, now=market.now)
    assert (ended.state, ended.end and ended.end.code) == ("refused", "agent-not-appointed")
