"""An attack: a member takes an end of the link that two others have at the relay, before them.

They could not read what goes by, for TLS is pinned inside; but they could keep the two apart, and
have each take the other for the one who is absent.
"""

from __future__ import annotations

import pytest
from world.consortium_builders import MEMBERS, agreement_of
from world.consortium_market import SEAL, founded, sealed_job, settle_members
from world.market import Market

from crypto.link_token import link_token
from market.errors import NotFound
from market.services.open_link import open_link


def test_member_holds_no_end_of_a_link_between_others() -> None:
    market = Market()
    settle_members(market)
    agreement = agreement_of(founded(market))
    job = sealed_job(market, agreement)
    third = market.user(MEMBERS[agreement.members[2].organisation])
    for other in (1, 2):
        token = link_token(SEAL, 3, other)
        assert open_link(market.platform, third, job.job, token) == 3
    with pytest.raises(NotFound, match="no-link"):
        open_link(market.platform, third, job.job, link_token(SEAL, 1, 2))
