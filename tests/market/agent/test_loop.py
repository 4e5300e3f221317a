"""The loop answers in slots, outlives its portal, and keeps secrets out of its log."""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from agent_house import COUNT, AgentHouse, forge, free_port
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from market.agent.home import make_home, sole_agent
from market.agent.loop import Agent, Clock, collect, run, send, until_slot
from market.agent.store.opening import create_store
from market.agent.store.replies import close_reply, find_replies, reopen_releases
from market.client.api import PortalClient
from market.errors import Conflict
from market.services.evaluate_job import evaluate_job


@dataclass
class ManualClock:
    """Time that passes only by sleeping."""

    at: float
    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += seconds
        self.slept.append(self.at)


@given(st.floats(0, 10**9), st.integers(1, 3_600))
def test_replies_leave_at_a_multiple_of_the_slot(now: float, slot: int) -> None:
    wait = until_slot(now, slot)
    assert 0 < wait <= slot
    assert (now + wait) % slot == pytest.approx(0, abs=1e-3) or (
        now + wait
    ) % slot == pytest.approx(slot, abs=1e-3)


def test_round_answers_at_a_slot_whatever_it_took(house: AgentHouse) -> None:
    job = house.requested(COUNT)
    clock = ManualClock(float(int(time.time())) + 0.3)
    rounds = iter([False, True])
    agent = house.agent()
    run(
        agent,
        poll_seconds=1,
        slot_seconds=7,
        clock=Clock(clock.now, clock.sleep),
        should_stop=lambda: next(rounds),
    )
    assert house.job(job).state == "approved"
    sent_at, polled_again = clock.slept
    assert sent_at % 7 == pytest.approx(0, abs=1e-6)
    assert polled_again == pytest.approx(sent_at + 1)


def test_portal_that_is_down_is_said_once_and_outlived(house: AgentHouse) -> None:
    job = house.requested(COUNT)
    agent = house.agent()
    dead = PortalClient(f"http://127.0.0.1:{free_port()}")
    down = replace(agent, portal=dead)
    with capture_logs() as lines:
        assert collect(down, now=0) == frozenset()
        assert collect(down, now=0) == frozenset()
    dead.close()
    assert [line["code"] for line in lines] == ["portal-unavailable"]
    house.step()
    assert house.job(job).state == "approved"


def test_log_of_a_release_holds_no_key_and_no_token(house: AgentHouse) -> None:
    with capture_logs() as lines:
        job = house.requested(COUNT)
        house.step()
        evaluate_job(house.platform, house.job(job), now=house.job(job).updated_at)
        house.step()
    assert house.job(job).state == "released"
    text = str(lines)
    assert house.home.settings().token not in text
    for share in house.holder_shares(job).shares:
        assert share.residues not in text


def test_reply_the_portal_does_not_take_is_closed_with_its_code(house: AgentHouse) -> None:
    job = house.requested(COUNT)
    agent = house.agent()
    collect(agent, now=house.job(job).updated_at)
    forge(house, job, state="cancelled")
    send(agent)
    assert find_replies(house.store, job.job)["approval"].outcome == "closed:job-state"


def test_release_the_portal_turned_down_is_sent_again_at_the_next_start(house: AgentHouse) -> None:
    job = house.evaluated(COUNT)
    agent = house.agent()
    collect(agent, now=house.job(job).updated_at)
    release = find_replies(house.store, job.job)["release"]
    close_reply(house.store, release.reply, "closed:token-scope")
    assert reopen_releases(house.store) == 1
    send(agent)
    assert house.job(job).state == "released"
    assert find_replies(house.store, job.job)["release"].outcome == "delivered"
    assert reopen_releases(house.store) == 0


def test_jobs_on_datasets_it_does_not_hold_are_left_alone(
    house: AgentHouse, tmp_path: Path
) -> None:
    job = house.requested(COUNT)
    home = make_home(tmp_path / "other", house.home.settings(), entropy=secrets.token_bytes)
    store = create_store(home.database_path)
    collect(Agent(home, store, house.client("olga", "agent"), secrets.token_bytes), now=0)
    assert find_replies(store, job.job) == {}
    store.close()


class Nonsense(PortalClient):
    """A portal whose list of work is whatever it says."""

    answer: Any = None

    def get(self, path: str, **query: str) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.mark.parametrize(
    "answer",
    [
        None,
        {"jobs": []},
        ["a job"],
        [{}],
        [{"job": "j", "dataset": "../../etc", "version": 1, "state": "requested",
          "plan": "", "request": "", "approval": None}],
        [{"job": "j", "dataset": "visits", "version": 1, "state": "evaluated",
          "plan": "{}", "request": "{}", "approval": "{}"}],
        json.JSONDecodeError("no", "", 0),
    ],
)  # fmt: skip
def test_portal_that_talks_nonsense_ends_nothing(house: AgentHouse, answer: Any) -> None:
    portal = Nonsense(house.url)
    portal.answer = answer
    assert collect(replace(house.agent(), portal=portal), now=0) == frozenset()
    portal.close()


def test_request_for_more_than_a_job_may_cost_is_refused_unpriced(house: AgentHouse) -> None:
    job = house.planned(COUNT)
    forge(house, job, request=house.request(job, rho_units=2**62), state="requested")
    house.step()
    reply = find_replies(house.store, job.job)["refusal"]
    assert "over-job-cap" in reply.document


def test_second_agent_in_one_directory_does_not_start(house: AgentHouse) -> None:
    agent = house.agent()
    with sole_agent(house.home), pytest.raises(Conflict, match="agent-running"):
        run(agent, poll_seconds=1, slot_seconds=1, clock=Clock(), should_stop=lambda: True)
    run(agent, poll_seconds=1, slot_seconds=1, clock=Clock(), should_stop=lambda: True)
