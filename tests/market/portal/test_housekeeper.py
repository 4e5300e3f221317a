from __future__ import annotations

import asyncio
import time

from structlog.testing import capture_logs
from world.portal_market import PortalMarket
from world.waiting import eventually

from market.errors import Unavailable
from market.portal.housekeeper import DEFECT, RUN_SECONDS, Housekeeper


def test_an_airflow_that_does_not_answer_stops_nothing_else(listed: PortalMarket) -> None:
    waiting = listed.planned()
    # Approved a little later, so that its own wait does not end at the same time.
    listed.now += 60
    approved = listed.approved()
    housekeeper = Housekeeper(listed.platform, 1, "one")
    listed.scheduler.failure = Unavailable("airflow-unavailable", "No answer.", "Later.")
    housekeeper.keep_house(now=waiting.deadline)
    assert listed.platform.jobs.get(waiting.job).end.code == "request-timeout"
    listed.scheduler.failure = None
    listed.scheduler.answers.clear()
    housekeeper.keep_house(now=waiting.deadline + 1)
    assert (approved.run, "await_signatures", True) in listed.scheduler.answers


def test_runs_are_asked_after_one_by_one_and_a_lost_ones_job_ends(listed: PortalMarket) -> None:
    first, second = sorted((listed.approved(), listed.planned()), key=lambda job: job.job)
    listed.scheduler.ended.add(second.run)
    housekeeper = Housekeeper(listed.platform, 1, "one")
    now = listed.now + 120
    for seconds, ended in ((0, False), (1, False), (RUN_SECONDS, True)):
        housekeeper.keep_house(now=now + seconds)
        assert listed.platform.jobs.get(second.job).is_terminal is ended
    assert listed.platform.jobs.get(second.job).end.code == "run-lost"
    assert not listed.platform.jobs.get(first.job).is_terminal


def test_trouble_is_told_once_and_its_end_too(listed: PortalMarket) -> None:
    listed.approved()
    housekeeper = Housekeeper(listed.platform, 1, "one")
    listed.scheduler.failure = Unavailable("airflow-unavailable", "No answer.", "Later.")
    with capture_logs() as told:
        for _ in range(3):
            housekeeper.keep_house(now=listed.now)
        assert housekeeper.troubles == {"answer_waits": "airflow-unavailable"}
        listed.scheduler.failure = None
        for _ in range(3):
            housekeeper.keep_house(now=listed.now)
    assert [line["event"] for line in told] == ["housekeeper.unavailable", "housekeeper.goes_on"]
    assert housekeeper.troubles == {}


def test_a_defect_is_reported_and_ends_nothing(listed: PortalMarket) -> None:
    listed.now = int(time.time())
    job = listed.approved()
    housekeeper = listed.app.state.housekeeper
    housekeeper._seconds = 0.01
    listed.scheduler.failure = ZeroDivisionError()

    async def live() -> None:
        async with listed.app.router.lifespan_context(listed.app):
            await asyncio.to_thread(eventually, lambda: bool(housekeeper.troubles))
            health = await asyncio.to_thread(listed.browser().get, "/healthz")
            assert (health.status_code, health.json()["housekeeper"]) == (503, DEFECT)
            listed.scheduler.answers.clear()
            listed.scheduler.failure = None
            await asyncio.to_thread(eventually, lambda: not housekeeper.troubles)
            health = await asyncio.to_thread(listed.browser().get, "/healthz")
            assert (health.status_code, health.json()["housekeeper"]) == (200, "ok")

    asyncio.run(live())
    assert (job.run, "await_signatures", True) in listed.scheduler.answers


def test_an_answered_wait_is_not_answered_again(listed: PortalMarket) -> None:
    job = listed.approved()
    housekeeper = Housekeeper(listed.platform, 1, "one")
    for _ in range(3):
        housekeeper.keep_house(now=listed.now + 100)
    answer = (job.run, "await_signatures", True)
    assert listed.scheduler.answers.count(answer) == 1


def test_the_lifespan_keeps_house_and_health_tells(listed: PortalMarket) -> None:
    listed.now = int(time.time())
    job = listed.approved()
    listed.app.state.housekeeper._seconds = 0.01

    async def live() -> None:
        async with listed.app.router.lifespan_context(listed.app):
            await asyncio.to_thread(_until_answered, listed)
            assert listed.app.state.housekeeper.is_alive

    assert listed.browser().get("/healthz").status_code == 503
    asyncio.run(live())
    assert (job.run, "await_signatures", True) in listed.scheduler.answers
    assert not listed.app.state.housekeeper.is_alive


def _until_answered(market: PortalMarket) -> None:
    eventually(lambda: bool(market.scheduler.answers))
