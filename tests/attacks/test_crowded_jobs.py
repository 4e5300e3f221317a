"""One organisation that submits without end keeps no other's jobs waiting behind its own.

Accounts cost an organisation nothing, and neither does a repository: what bounds its jobs is the
organisation's limit, counted in the database, whichever portal or form they come by.
"""

from __future__ import annotations

from contextlib import suppress

from world.market import Market

from market.entities.people import Operator
from market.errors import TooMany
from market.services.access.limits import set_limits

LIMIT, SUBMISSIONS = 3, 12


def test_organisation_has_no_more_jobs_under_way_than_it_may() -> None:
    market = Market()
    market.publish()
    limits = {"jobs_under_way": LIMIT}
    set_limits(market.platform, Operator(), "north-lab", limits, now=market.now)
    for _ in range(SUBMISSIONS):
        with suppress(TooMany):
            market.submit()
    under_way = market.jobs.taken("north-lab", since=0).under_way
    assert under_way == LIMIT
    assert market.submit(buyer="eve").state == "submitted"
