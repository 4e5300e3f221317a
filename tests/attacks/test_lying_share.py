"""A member delivers another share than its own: the recipient is told, and opens nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from world.cheating_session import bundle_of, expected_of, restated
from world.members_market import MembersMarket

from crypto.shamir import PRIME, parse_share, share_text
from market.client.results.open_result import open_checked
from market.client.verify.check_bundle import check_bundle
from market.errors import Refused


def test_share_off_the_polynomial_is_noticed() -> None:
    market = MembersMarket()
    job = market.sealed()
    shares = market.shares_of(job, {"#valid": 900 << 30})
    for party, own in zip(job.parties, shares, strict=True):
        if party == job.parties[2]:
            moved = (parse_share(own[0].residues) + (7 << 30)) % PRIME
            own = (replace(own[0], residues=share_text(moved)),)
        job = market.release_of_member(job, party, own)
    assert job.state == "released"
    checked = check_bundle(restated(bundle_of(market, job)), expected_of(market, job))
    with pytest.raises(Refused) as refused:
        open_checked(checked, market.recipient)
    assert refused.value.code == "result-unverified"
