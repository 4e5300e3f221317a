"""An attack: a member takes an end of the link that two others have at the relay, before them.

They could not read what goes by, for TLS is pinned inside; but they could keep the two apart, and
have each take the other for the one who is absent.
"""

from __future__ import annotations

import pytest
from world.members_market import MembersMarket

from crypto.link_token import link_token
from market.errors import NotFound
from market.services.compute.open_link import open_link


def test_member_holds_no_end_of_a_link_between_others() -> None:
    market = MembersMarket()
    job = market.sealed()
    third, seal = market.user_of(job.parties[2]), market.seal_of(job)
    for other in (1, 2):
        token = link_token(seal, 3, other)
        assert open_link(market.platform, third, job.job, token) == 3
    with pytest.raises(NotFound, match="no-link"):
        open_link(market.platform, third, job.job, link_token(seal, 1, 2))
