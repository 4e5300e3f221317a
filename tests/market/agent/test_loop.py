"""The loop answers in slots, outlives its portal, and keeps secrets out of its log."""

from __future__ import annotations

import errno
import gzip
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event
from structlog.testing import capture_logs
from world.declarations import COUNT, MEAN, plan_of
from world.hostile_portal import hostile_portal, http, json_answer
from world.live_market import LiveMarket, forge, now
from world.loopback import free_port
from world.manual_clock import ManualClock
from world.unlocking import entropy_of_a_home

from market.agent.agent import Agent
from market.agent.chain import send_chain
from market.agent.loop import Clock, Round, collect, run, send
from market.client.http.api import PortalClient
from market.errors import Conflict
from market.plan.expression import Column
from market.plan.statistics import Covariance
from market.services.compute.evaluate_job import evaluate_job
from market.vault.home import make_home, sole_agent
from market.vault.store.chain import head
from market.vault.store.opening import create_store
from market.vault.store.replies import close_reply, find_replies, reopen_paid


def of_agent(lines: Iterable[MutableMapping[str, Any]]) -> list[MutableMapping[str, Any]]:
    """Without the portal's own lines: its thread may still be writing about an earlier request."""
    return [line for line in lines if line["event"] != "request"]


def one_round(market: LiveMarket, clock: ManualClock, slot_seconds: int) -> None:
    rounds = iter([False, True])
    run(
        market.agent(),
        poll_seconds=1,
        slot_seconds=slot_seconds,
        clock=Clock(clock.now, clock.sleep),
        should_stop=lambda: next(rounds),
    )


def test_release_leaves_in_a_slot_whatever_it_took(market: LiveMarket) -> None:
    job = market.evaluated(COUNT)
    clock = ManualClock(float(int(time.time())) + 0.3)
    one_round(market, clock, slot_seconds=7)
    assert market.job(job).state == "released"
    sent_at, polled_again = clock.slept
    assert sent_at % 7 == pytest.approx(0, abs=1e-6)
    assert polled_again == pytest.approx(sent_at + 1)


def test_approval_leaves_at_once_unless_a_release_leaves_with_it(market: LiveMarket) -> None:
    job = market.requested(COUNT)
    clock = ManualClock(time.time())
    one_round(market, clock, slot_seconds=7)
    assert market.job(job).state == "approved"
    # The pause before the next look, and nothing else.
    assert len(clock.slept) == 1
    market.evaluated(MEAN)
    job = market.requested(COUNT)
    one_round(market, clock, slot_seconds=7)
    assert market.job(job).state == "approved"
    assert len(clock.slept) == 3


def test_release_that_could_not_be_sent_waits_for_a_slot_again(market: LiveMarket) -> None:
    market.evaluated(COUNT)
    agent = market.agent()
    collect(agent, now=now())
    clock = ManualClock(time.time())
    one_round(market, clock, slot_seconds=7)
    assert clock.slept[0] % 7 == pytest.approx(0, abs=1e-6)


class Failing(PortalClient):
    """A portal whose list of work is real, and whose every other answer fails like this."""

    failure: Exception

    def download(self, key: str, *, limit_bytes: int) -> bytes:
        raise self.failure


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (RecursionError("maximum recursion depth exceeded"), "beyond-bounds"),
        (MemoryError(), "beyond-bounds"),
        (OverflowError("int too large"), "beyond-bounds"),
        (OSError(errno.ENOSPC, "No space left on device"), "disk-full"),
        (OSError(errno.EIO, "Input/output error"), "home-failed"),
        (KeyError("whatever a portal made of it"), "agent-defect"),
    ],
)
def test_failure_of_one_job_is_told_once_and_stops_no_other(
    market: LiveMarket, failure: Exception, code: str
) -> None:
    covariance = plan_of(Covariance(Column("visits"), Column("insured")))
    product, other = market.evaluated_together(covariance, COUNT)
    portal = Failing(market.url, market.home.settings().token)
    portal.failure = failure
    agent = replace(market.agent(), portal=portal)
    with capture_logs() as lines:
        send(agent, collect(agent, now=now()))
        send(agent, collect(agent, now=now()))
    portal.close()
    assert market.job(other).state == "released"
    told = [line for line in lines if line["event"] == "not now"]
    assert [(line["subject"], line["code"]) for line in told] == [(product.job, code)]
    assert told[0]["next_action"]
    assert "whatever a portal made of it" not in str(lines)
    market.step()
    assert market.job(product).state == "released"


def test_full_database_is_told_and_outlived(market: LiveMarket) -> None:
    jobs = [market.requested(COUNT) for _ in range(12)]
    engine = market.store.database.engine
    with market.store.database.reading() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()

    def allow(pages: int) -> Callable[[Connection], None]:
        return lambda connection: connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")

    full, free = allow(pages), allow(2**30)
    clock = ManualClock(time.time())
    rounds = iter([False, False, True])
    event.listen(engine, "begin", full)
    with capture_logs() as lines:
        run(
            market.agent(),
            poll_seconds=1,
            slot_seconds=1,
            clock=Clock(clock.now, clock.sleep),
            should_stop=lambda: next(rounds),
        )
    event.remove(engine, "begin", full)
    event.listen(engine, "begin", free)
    assert {line["code"] for line in lines if line["event"] == "not now"} == {"database-full"}
    assert "requested" in {market.job(job).state for job in jobs}
    market.step()
    assert {market.job(job).state for job in jobs} == {"approved"}
    event.remove(engine, "begin", free)


def test_portal_that_invents_jobs_fills_no_log(market: LiveMarket) -> None:
    invented = json_answer([{"job": f"job-{i}"} for i in range(1_000)])
    with asked_of(market, invented) as agent, capture_logs() as lines:
        collect(agent, now=0)
    assert len(of_agent(lines)) == 21


def test_portal_that_is_down_is_said_once_and_outlived(market: LiveMarket) -> None:
    job = market.requested(COUNT)
    agent = market.agent()
    dead = PortalClient(f"http://127.0.0.1:{free_port()}")
    down = replace(agent, portal=dead)
    with capture_logs() as lines:
        assert collect(down, now=0) == Round()
        assert collect(down, now=0) == Round()
    dead.close()
    assert [line["code"] for line in of_agent(lines)] == ["portal-unavailable"]
    market.step()
    assert market.job(job).state == "approved"


def test_log_of_a_release_holds_no_key_and_no_token(market: LiveMarket) -> None:
    with capture_logs() as lines:
        job = market.requested(COUNT)
        market.step()
        evaluate_job(market.platform, market.job(job), now=market.job(job).updated_at)
        market.step()
    assert market.job(job).state == "released"
    text = str(lines)
    assert market.home.settings().token not in text
    for share in market.agent_shares(job).shares:
        assert share.residues not in text


def test_reply_the_portal_does_not_take_is_closed_with_its_code(market: LiveMarket) -> None:
    job = market.requested(COUNT)
    agent = market.agent()
    collect(agent, now=market.job(job).updated_at)
    forge(market, job, state="cancelled")
    send(agent)
    assert find_replies(market.store, job.job)["approval"].outcome == "closed:job-state"


def test_release_the_portal_turned_down_is_sent_again_at_the_next_start(market: LiveMarket) -> None:
    job = market.evaluated(COUNT)
    agent = market.agent()
    collect(agent, now=market.job(job).updated_at)
    release = find_replies(market.store, job.job)["release"]
    close_reply(market.store, release.reply, "closed:token-scope")
    assert reopen_paid(market.store) == 1
    send(agent)
    assert market.job(job).state == "released"
    assert find_replies(market.store, job.job)["release"].outcome == "delivered"
    assert reopen_paid(market.store) == 0


def test_jobs_on_datasets_it_does_not_hold_are_left_alone(
    market: LiveMarket, tmp_path: Path
) -> None:
    job = market.requested(COUNT)
    home = make_home(tmp_path / "other", market.home.settings(), entropy=entropy_of_a_home())
    store = create_store(home.database_path)
    collect(Agent(home, store, market.client("olga", "agent"), secrets.token_bytes), now=0)
    assert find_replies(store, job.job) == {}
    store.close()


@pytest.mark.parametrize(
    "answer",
    [
        None,
        {"jobs": []},
        ["a job"],
        [{}],
        [{"job": "j", "datasets": [{"dataset": "../../etc", "version": 1}],
          "own": [{"dataset": "../../etc", "version": 1}], "state": "requested",
          "plan": "", "request": "", "approval": None}],
        [{"job": "j", "datasets": [{"dataset": "visits", "version": 1}],
          "own": [{"dataset": "visits", "version": 1}], "state": "evaluated",
          "plan": "{}", "request": "{}", "approval": "{}"}],
        [{"job": "j", "datasets": [], "own": [], "state": "evaluated",
          "plan": "{}", "request": "{}", "approval": "{}"}],
        [{"job": "j", "datasets": [{"dataset": "visits", "version": 1}],
          "own": [{"dataset": "visits", "version": 1}, {"dataset": "visits", "version": 2}],
          "state": "evaluated",
          "plan": "{}", "request": "{}", "approval": "{}"}],
        [{"job": [[["j"]]]}],
        [],
    ],
)  # fmt: skip
def test_portal_that_talks_nonsense_ends_nothing(market: LiveMarket, answer: Any) -> None:
    with asked_of(market, json_answer(answer)) as agent:
        assert collect(agent, now=0) == Round()


@pytest.mark.parametrize(
    "answer",
    [
        http(b"[" * 200_000),
        http(b"no JSON"),
        http(gzip.compress(bytes(10_000_000)), "Content-Encoding: gzip"),
        http(b"", "Content-Length: 99999999999"),
        http(b"[" + b"{}," * 1_000_000 + b"{}]"),
        http(b"", "Location: http://127.0.0.1:1/", status=302),
        b"no HTTP\r\n\r\n",
        b"",
    ],
)
def test_answer_beyond_bounds_is_told_once_with_what_to_do(
    market: LiveMarket, answer: bytes
) -> None:
    with asked_of(market, answer) as agent, capture_logs() as lines:
        assert collect(agent, now=0) == Round()
        assert collect(agent, now=0) == Round()
    (told,) = of_agent(lines)
    assert told["event"] == "not now"
    assert told["next_action"]


@contextmanager
def asked_of(market: LiveMarket, answer: bytes) -> Iterator[Agent]:
    """The market's agent, before a portal that always says this."""
    with hostile_portal(lambda _method, _path: [answer]) as hostile:
        portal = PortalClient(hostile.url, "token")
        yield replace(market.agent(), portal=portal)
        portal.close()


def test_request_for_more_than_a_job_may_cost_is_refused_unpriced(market: LiveMarket) -> None:
    job = market.planned(COUNT)
    forge(market, job, request=market.request(job, rho_units=2**62), state="requested")
    market.step()
    reply = find_replies(market.store, job.job)["refusal"]
    assert "over-job-cap" in reply.document


def test_second_agent_in_one_directory_does_not_start(market: LiveMarket) -> None:
    agent = market.agent()
    with sole_agent(market.home.path), pytest.raises(Conflict, match="agent-running"):
        run(agent, poll_seconds=1, slot_seconds=1, clock=Clock(), should_stop=lambda: True)
    run(agent, poll_seconds=1, slot_seconds=1, clock=Clock(), should_stop=lambda: True)


def test_receipts_the_portal_lost_are_sent_before_later_releases(market: LiveMarket) -> None:
    asked = (market.requested(COUNT), market.requested(MEAN))
    # As the portal lists them, which is as they are answered.
    lost, later = sorted(asked, key=lambda job: (job.created_at, job.job))
    market.step()
    for job in (lost, later):
        evaluate_job(market.platform, market.job(job), now=int(time.time()))
    agent = market.agent()
    collect(agent, now=market.job(later).updated_at)
    kept, shares = market.job(lost), market.document(lost, "shares")
    # The portal no longer knows that it computed anything for this job: its release is not taken.
    forge(market, lost, state="cancelled", shares=None)
    send(agent)
    assert find_replies(market.store, lost.job)["release"].outcome == "closed:job-state"
    assert market.job(later).state == "evaluated"
    send(agent)
    assert market.job(later).state == "released"
    key = market.home.signing_key().public.hex
    assert market.platform.receipts.head(key) == head(market.store)
    assert market.platform.receipts.forks(None, after=0, limit=1) == []
    forge(market, lost, state=kept.state, shares=shares)
    market.step()
    assert market.job(lost).state == "released"
    # Nothing is missing: nothing is sent.
    assert send_chain(market.home, market.store, market.client("olga", "agent")) == 0
