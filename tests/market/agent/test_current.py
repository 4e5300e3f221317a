"""At its start the agent waits until its own receipts show that its store knows all of them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs
from world.declarations import COUNT, plan_of
from world.live_market import LiveMarket, live_market, now

from market.agent.current import await_current, check_current
from market.agent.loop import Clock, collect, run
from market.client.http.api import PortalClient
from market.client.http.pages_of import items_of
from market.errors import NotPermitted, Refused, Unavailable
from market.plan.expression import Column
from market.plan.statistics import Sum


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveMarket]:
    """With one release."""
    with live_market(tmp_path_factory.mktemp("current")) as made:
        made.publish()
        made.released(COUNT)
        yield made


class Answering(PortalClient):
    """A portal that answers the first questions for receipts as it is told, then truly."""

    answers: list[Any]
    asked = 0

    def get(self, path: str, **query: str) -> Any:
        if path != "agent/receipts" or not self.answers:
            return super().get(path, **query)
        self.asked += 1
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def answering(market: LiveMarket, *answers: Any) -> Answering:
    token = market.home.settings().token
    portal = Answering(market.url, token)
    portal.answers = list(answers)
    return portal


def receipts(market: LiveMarket) -> Sequence[dict[str, Any]]:
    key = market.home.signing_key().public.hex
    portal = market.client("olga", "agent")
    return list(items_of(portal, "agent/receipts", agent=key))


def test_store_with_all_its_receipts_is_current(market: LiveMarket) -> None:
    assert len(receipts(market)) == 1
    check_current(market.home, market.store, market.client("olga", "agent"))


def test_agent_waits_for_a_portal_that_is_away_or_talks_nonsense(market: LiveMarket) -> None:
    away = Unavailable("portal-unavailable", "It does not answer.", "Wait.")
    ended = NotPermitted("not-signed-in", "No such token.", "Sign in.")
    forged = {"items": [{"receipt": "{}", "sequence": 9, "job": "j"}], "further": None}
    for_ever = {"items": [], "further": 100}
    portal = answering(market, away, ended, [1], for_ever, forged)
    agent = replace(market.agent(), portal=portal)
    job = market.requested(COUNT)
    waits: list[float] = []
    # One look by the loop once the portal has answered as it should.
    rounds = iter([False] * 6 + [True])
    with capture_logs() as lines:
        run(
            agent,
            poll_seconds=3,
            slot_seconds=1,
            clock=Clock(time.time, waits.append),
            should_stop=lambda: next(rounds),
        )
    assert waits[:5] == [3] * 5
    codes = [line["code"] for line in lines if line["event"] == "not now"]
    assert codes[:2] == ["portal-unavailable", "agent-token-ended"]
    assert "portal-nonsense" in codes
    assert "receipt-invalid" in codes
    assert market.job(job).state == "approved"
    portal.close()


def test_agent_that_is_told_to_stop_while_it_waits_stops(market: LiveMarket) -> None:
    portal = answering(market, Unavailable("portal-unavailable", "Away.", "Wait."))
    agent = replace(market.agent(), portal=portal)
    assert not await_current(agent, pause=lambda: None, should_stop=lambda: True)
    assert portal.asked == 1
    portal.close()


def test_other_receipt_in_the_newest_ones_place_is_another_agents(tmp_path: Path) -> None:
    with live_market(tmp_path) as market:
        market.publish()
        market.store.close()
        database, count = market.home.database_path, market.home.path / "agent.count"
        before = database.read_bytes(), count.read_bytes()
        market.reopen()
        market.released(COUNT)
        first = receipts(market)
        market.store.close()
        database.write_bytes(before[0])
        count.write_bytes(before[1])
        for companion in ("agent.db-wal", "agent.db-shm"):
            (market.home.path / companion).unlink(missing_ok=True)
        market.reopen()
        # The copy has spent on its own, and its receipt was kept from the portal.
        market.store.check_reconciled()
        job = market.evaluated(plan_of(Sum(Column("insured"))))
        collect(market.agent(), now=now())
        assert market.job(job).state == "evaluated"
        portal = answering(market, {"items": first, "further": None})
        with pytest.raises(Refused, match="has signed receipt 1; its store ends with 1 or holds"):
            check_current(market.home, market.store, portal)
        assert not market.store.is_reconciled()
        portal.close()
