"""Quotes are made apart: in their turn, few for each, and nobody else waits for them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from dataclasses import replace

import httpx
import pytest
from world.household import PLAN
from world.lowerings import counted_lowerings
from world.portal_market import PortalMarket

from market import wire
from market.entities.people import User
from market.errors import Refused, Unavailable
from market.portal.bodies import body_limit
from market.portal.quotes.counters import SHORT_PLAN_CHARACTERS, QuoteCounters
from market.portal.quotes.queue import PLACES, PLACES_OF_ORGANISATION, PLACES_OF_PERSON, QuoteDesk
from market.services.submit.quote_plan import plan_to_price, price_plan

# Plans are priced in a process of their own.
pytestmark = pytest.mark.processes

DATASET = "household-visits"
QUOTE = {"dataset": DATASET, "plan": wire.encode(PLAN).decode(), "epsilon": "0.5"}
MUCH = "x" * 300_000


def person(user: str, organisation: str) -> User:
    return User(user, organisation, user.title(), ("buyer",), "", is_active=True)


BOB = person("bob", "lab")


async def spoken(market: PortalMarket, *asked: tuple[str, str, dict[str, str]]) -> list[str]:
    """The paths of requests made at once, in the order their answers came."""
    transport, order = httpx.ASGITransport(market.app), []
    async with httpx.AsyncClient(
        transport=transport, base_url=market.settings.portal_url
    ) as client:

        async def ask(method: str, path: str, headers: dict[str, str]) -> None:
            body = {"json": QUOTE} if method == "POST" else {}
            answer = await client.request(method, path, headers=headers, **body)
            assert answer.status_code == 200, answer.text
            order.append(path)

        await asyncio.gather(*(ask(*one) for one in asked))
    return order


@pytest.mark.processes
def test_reads_come_before_the_quotes_that_were_asked_for_first(listed: PortalMarket) -> None:
    bob, eve = listed.token("bob", "client"), listed.token("eve", "client")
    begun, go_on = threading.Event(), threading.Event()
    desk: QuoteDesk = listed.app.state.quotes.desk(QUOTE["plan"])

    def long_quote() -> None:
        begun.set()
        assert go_on.wait(timeout=60)

    async def all_at_once() -> list[str]:
        occupied = asyncio.create_task(desk.run(person("somebody", "elsewhere"), long_quote))
        await asyncio.to_thread(begun.wait)
        quotes = [("POST", "/api/v1/quotes", bob), ("POST", "/api/v1/quotes", eve)]
        reads = [("GET", "/healthz", {}), ("GET", "/api/v1/datasets", bob), ("GET", "/promise", {})]
        asking = asyncio.create_task(spoken(listed, *quotes))
        read = await spoken(listed, *reads)
        assert not asking.done()
        go_on.set()
        await occupied
        return read + await asking

    listed.app.state.housekeeper.start()
    try:
        order = asyncio.run(all_at_once())
    finally:
        listed.app.state.housekeeper.stop()
    assert sorted(order[:3]) == ["/api/v1/datasets", "/healthz", "/promise"]
    assert order[3:] == ["/api/v1/quotes"] * 2


def with_waiting(people: list[User], then: Callable[[QuoteDesk], Awaitable[None]]) -> None:
    """Do `then` while a quote of each of these people is at the desk."""
    go_on = threading.Event()

    async def story() -> None:
        desk = QuoteDesk()
        taken = [
            asyncio.create_task(desk.run(one, lambda: go_on.wait(timeout=60))) for one in people
        ]
        await asyncio.sleep(0)
        try:
            await then(desk)
        finally:
            go_on.set()
            assert await asyncio.gather(*taken) == [True] * len(people)
        assert await desk.run(BOB, lambda: 7) == 7
        desk.close()

    asyncio.run(story())


def test_one_person_has_few_places_and_leaves_the_others_theirs() -> None:
    async def then(desk: QuoteDesk) -> None:
        with pytest.raises(Refused, match="too-many-quotes: 2 quotes of bob"):
            await desk.run(BOB, lambda: None)
        for other in (person("eve", "rival-lab"), person("ben", "lab")):
            waiting = asyncio.create_task(desk.run(other, lambda: 7))
            await asyncio.sleep(0)
            assert not waiting.done()
            waiting.cancel()

    with_waiting([BOB] * PLACES_OF_PERSON, then)


def test_many_accounts_of_one_organisation_fill_its_own_places_only() -> None:
    async def then(desk: QuoteDesk) -> None:
        with pytest.raises(Refused, match="too-many-quotes: 4 quotes of lab"):
            await desk.run(BOB, lambda: None)
        waiting = asyncio.create_task(desk.run(person("eve", "rival-lab"), lambda: 7))
        await asyncio.sleep(0)
        assert not waiting.done()
        waiting.cancel()

    with_waiting([person(f"b{n}", "lab") for n in range(PLACES_OF_ORGANISATION)], then)


def test_full_queue_says_so() -> None:
    async def then(desk: QuoteDesk) -> None:
        with pytest.raises(Unavailable, match="quotes-busy"):
            await desk.run(BOB, lambda: None)

    with_waiting([person(f"p{n}", f"organisation-{n}") for n in range(PLACES)], then)


def served_in_turn(waiting: list[User], *, leaves: int | None = None) -> list[str]:
    """The order in which quotes are made that were asked for in the order of `waiting`.

    Args:
        leaves: the number of one who does not wait for theirs.
    """
    go_on, order = threading.Event(), []

    async def story() -> None:
        desk = QuoteDesk()
        first = asyncio.create_task(desk.run(person("first", "first"), go_on.wait))
        await asyncio.sleep(0)
        asked = []
        for one in waiting:
            asked.append(
                asyncio.create_task(desk.run(one, lambda name=one.user: order.append(name)))
            )
            await asyncio.sleep(0)
        if leaves is not None:
            asked.pop(leaves).cancel()
            await asyncio.sleep(0)
        go_on.set()
        await asyncio.gather(first, *asked)
        desk.close()

    asyncio.run(story())
    return order


def test_organisations_take_turns() -> None:
    crowd = [person(f"b{n}", "lab") for n in range(4)]
    others = [person("eve", "rival-lab"), person("max", "office")]
    assert served_in_turn(crowd + others) == ["b0", "eve", "max", "b1", "b2", "b3"]


def test_who_leaves_gives_their_turn_to_the_next() -> None:
    waiting = [person("bob", "lab"), person("eve", "rival-lab"), person("max", "office")]
    assert served_in_turn(waiting, leaves=1) == ["bob", "max"]


def test_short_plan_does_not_wait_for_long_ones(listed: PortalMarket) -> None:
    counters: QuoteCounters = listed.app.state.quotes
    begun, go_on = threading.Event(), threading.Event()
    longest = "x" * (SHORT_PLAN_CHARACTERS + 1)

    def long_quote() -> bool:
        begun.set()
        return go_on.wait(timeout=60)

    async def story() -> bytes:
        waiting = [
            asyncio.create_task(counters.desk(longest).run(person(f"p{n}", f"o{n}"), long_quote))
            for n in range(PLACES)
        ]
        await asyncio.to_thread(begun.wait)
        asked = plan_to_price(listed.platform, BOB, DATASET, QUOTE["plan"], "0.5")
        try:
            # The other queue is full, and whoever is first in it keeps its worker.
            return await counters.price(BOB, asked)
        finally:
            go_on.set()
            assert await asyncio.gather(*waiting) == [True] * PLACES

    try:
        assert b'"plan_hash":' in asyncio.run(story())
    finally:
        counters.close()


@pytest.mark.parametrize(("longer", "is_same"), [(0, True), (1, False)])
def test_counter_follows_from_the_length_of_the_plan(
    market: PortalMarket, longer: int, is_same: bool
) -> None:
    counters: QuoteCounters = market.app.state.quotes
    plan = "x" * (SHORT_PLAN_CHARACTERS + longer)
    assert (counters.desk(plan) is counters.desk("")) == is_same


@pytest.mark.processes
def test_quote_that_is_refused_gives_its_place_back(listed: PortalMarket) -> None:
    browser, headers = listed.browser(), listed.token("bob", "client")
    for _ in range(3 * PLACES_OF_PERSON):
        answer = browser.send(
            "POST", "/api/v1/quotes", json=QUOTE | {"plan": "{}"}, headers=headers
        )
        assert (answer.status_code, answer.json()["code"]) == (422, "plan-malformed")
    answer = browser.send("POST", "/api/v1/quotes", json=QUOTE, headers=headers)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "path", ["/api/v1/quotes", "/api/v1/datasets", "/api/v1/jobs/job-1/release"]
)
@pytest.mark.parametrize("token", ["", "Bearer mkt_nobodys", "Basic Ym9iOg=="])
def test_strangers_long_body_is_not_read(listed: PortalMarket, path: str, token: str) -> None:
    headers = {"Authorization": token} if token else {}
    answer = listed.browser().send("POST", path, json={"plan": MUCH}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "not-signed-in")


def test_session_of_a_page_sends_no_long_bodies(listed: PortalMarket) -> None:
    answer = listed.browser("bob").send("POST", "/api/v1/quotes", json={"plan": MUCH})
    assert answer.status_code == 401


@pytest.mark.parametrize(
    "path", ["/api/v1/tokens", "/api/v1/jobs", "/api/v1/grants", "/api/v1/datasets/x/standing"]
)
def test_short_documents_have_short_limits(listed: PortalMarket, path: str) -> None:
    assert body_limit(path).size_bytes < len(MUCH)
    headers = listed.token("bob", "client")
    answer = listed.browser().send("POST", path, json={"x": MUCH}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")


@pytest.mark.processes
def test_largest_plan_fits_and_a_larger_one_does_not(listed: PortalMarket) -> None:
    browser, headers = listed.browser(), listed.token("bob", "client")
    for length, code in ((1_000_000, "plan-malformed"), (1_000_001, "request-malformed")):
        body = QUOTE | {"plan": '"' * length}
        answer = browser.send("POST", "/api/v1/quotes", json=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_quote_and_admission_lower_a_plan_once(
    market: PortalMarket, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A policy that sells no recomputation looks at what is multiplied, too.
    market.publish(recomputation=False)
    plan = replace(PLAN, statistics=PLAN.statistics[:3])
    text = wire.encode(plan).decode()
    asked = plan_to_price(market.platform, market.bob, DATASET, text, "0.5")
    quoted = counted_lowerings(monkeypatch, plan, lambda: price_plan(asked))
    assert quoted == [1, 1, 1]
