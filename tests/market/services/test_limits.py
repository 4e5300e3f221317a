"""What organisations may take: counted, refused beyond, set by administrators, on the trail."""

from __future__ import annotations

import pytest
from world.market import Market

from market.entities.people import Operator
from market.errors import NotFound, NotPermitted, Refused, TooMany
from market.services.access.limits import read_own_share, read_share, set_limits
from market.services.audit_trail import read_trail


def limit(market: Market, organisation: str, **limits: int | None) -> None:
    set_limits(market.platform, Operator(), organisation, limits, now=market.now)


def test_job_beyond_the_limit_is_refused_and_nothing_is_started(market: Market) -> None:
    limit(market, "north-lab", jobs_under_way=1)
    job = market.submit()
    with pytest.raises(TooMany, match="too-many-jobs-under-way"):
        market.submit()
    assert [run for run, _, _ in market.scheduler.triggered] == [job.run]
    share = read_own_share(market.platform, market.bob, now=market.now)
    assert (share.jobs.under_way, share.most.jobs_under_way, share.own) == (
        1,
        1,
        ("jobs_under_way",),
    )


def test_day_without_jobs_is_a_day_without_jobs(market: Market) -> None:
    limit(market, "north-lab", jobs_a_day=0)
    with pytest.raises(TooMany, match="too-many-jobs-a-day"):
        market.submit()
    limit(market, "north-lab", jobs_a_day=None)
    assert market.submit().state == "submitted"


def test_version_that_does_not_fit_is_not_listed(market: Market) -> None:
    taken = read_share(market.platform, Operator(), "clinics", now=market.now).stored_bytes
    assert taken > 0
    limit(market, "clinics", storage_bytes=2 * taken - 1)
    with pytest.raises(Refused, match="storage-full"):
        market.publish("another-one")
    with pytest.raises(NotFound):
        market.catalogue.dataset("another-one")
    limit(market, "clinics", storage_bytes=2 * taken)
    market.publish("another-one")
    after = read_share(market.platform, Operator(), "clinics", now=market.now)
    assert after.stored_bytes == 2 * taken


def test_limits_are_administrators_and_every_change_is_on_the_trail(market: Market) -> None:
    ada = market.user("ada")
    with pytest.raises(NotPermitted):
        set_limits(market.platform, market.bob, "north-lab", {"jobs_a_day": 9}, now=market.now)
    with pytest.raises(NotPermitted):
        read_share(market.platform, market.bob, "rival-lab", now=market.now)
    for limits in ({"jobs_a_day": -1}, {"jobs_a_day": 10**16}, {"jobs_a_year": 1}):
        with pytest.raises(Refused, match="limit-unknown"):
            set_limits(market.platform, ada, "north-lab", limits, now=market.now)
    with pytest.raises(NotFound, match="no-organisation"):
        set_limits(market.platform, ada, "nowhere", {"jobs_a_day": 9}, now=market.now)
    for most in (9, 9, None):
        set_limits(market.platform, ada, "north-lab", {"jobs_a_day": most}, now=market.now)
    told = [
        (one.subject, one.before, one.after)
        for one in read_trail(market.platform, ada, below=None).entries
        if one.act == "limit-set"
    ]
    assert told == [
        ("north-lab", "jobs_a_day 9", "jobs_a_day as everybody"),
        ("north-lab", "jobs_a_day as everybody", "jobs_a_day 9"),
    ]
