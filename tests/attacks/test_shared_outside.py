"""An attack: a result leaves the organisation that asked, to somebody who was granted nothing."""

from __future__ import annotations

import pytest
from world.market import Market
from world.people import BEA, settle
from world.shares_at_the_portal import registered, shared_text

from market.errors import NotFound
from market.services.people.register_reader_key import list_readers
from market.services.release.share_result import list_shared, read_shared, share_result


def test_stranger_is_given_nothing() -> None:
    market = Market()
    settle(market.people, BEA)
    market.publish()
    job = market.released()
    for name in ("bea", "eve"):
        registered(market, name)
    assert [one.user.user for one in list_readers(market.platform, market.bob)] == ["bea"]
    text = shared_text(market, job, "eve")
    with pytest.raises(NotFound, match="no-colleague"):
        share_result(market.platform, market.bob, "eve", text, now=market.now)
    share_result(
        market.platform, market.bob, "bea", shared_text(market, job, "bea"), now=market.now
    )
    eve = market.user("eve")
    with pytest.raises(NotFound, match="no-job"):
        read_shared(market.platform, eve, job.job)
    assert list_shared(market.platform, eve) == []
