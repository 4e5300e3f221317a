"""Who sends a program to one-shot sandboxes, before sandboxes that answer anything, or nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from world.hostile_portal import HostilePortal, hostile_portal, json_answer
from world.loopback import free_port

from market.adapters.sandbox.builds import Run
from market.adapters.sandbox.exchange import REFUSALS
from market.adapters.sandbox.parcel import ANSWER_BYTES, answer_of
from market.adapters.sandbox.remote import RemoteSandbox
from market.adapters.sandbox.run import Outcome
from market.errors import MarketError, Unavailable

RUNS = (Run(Outcome(0, is_too_slow=False), b"plan"),) * 2
DONE = answer_of(RUNS)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
CUT_SHORT = HEAD % (len(DONE) + 1) + DONE
WAIT_SECONDS = 40


def refusing(code: str, status: int = 503) -> bytes:
    return json_answer({"code": code, "message": "pay me", "next_action": "now"}, status)


@dataclass
class Time:
    """A clock that goes on while somebody sleeps, and not otherwise."""

    now: float = 0.0
    pauses: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.pauses.append(seconds)

    def remote(self, url: str) -> RemoteSandbox:
        return RemoteSandbox(url, 1, WAIT_SECONDS, clock=lambda: self.now, sleep=self.sleep)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def work(tmp_path: Path) -> Path:
    (tmp_path / "repository").mkdir()
    (tmp_path / "repository" / "job.py").write_text("x = 1\n")
    return tmp_path


def answers(*said: bytes) -> Any:
    """A sandbox that says these in turn, and the last one for ever."""
    rest = list(said)

    def say(_method: str, _path: str) -> Iterable[bytes]:
        return [rest.pop(0) if len(rest) > 1 else rest[0]]

    return hostile_portal(say)


def refused_at(portal: HostilePortal, work: Path, time: Time) -> MarketError:
    with pytest.raises(MarketError) as refused:
        time.remote(portal.url).build(work, b"{}")
    assert "pay" not in str(refused.value), "its words are not repeated"
    assert refused.value.next_action
    return refused.value


def test_answer_of_the_first_that_is_free_is_taken(work: Path, time: Time) -> None:
    busy, other = refusing("sandbox-busy"), refusing("sandbox-release", 409)
    with answers(busy, other, busy, HEAD % len(DONE) + DONE) as portal:
        assert time.remote(portal.url).build(work, b"{}") == RUNS
        assert portal.asked == ["POST /v1/build HTTP/1.1"] * 4
    assert time.pauses == sorted(time.pauses)
    assert len(set(time.pauses)) == 3


@pytest.mark.parametrize("code", ["sandbox-busy", "sandbox-release"])
def test_who_waits_in_vain_is_told_for_what(work: Path, time: Time, code: str) -> None:
    with answers(refusing(code)) as portal:
        assert refused_at(portal, work, time).code == code
    assert WAIT_SECONDS <= time.now < WAIT_SECONDS + 10
    assert max(time.pauses) <= 3


def test_nobody_there_is_told_as_that_after_the_wait(work: Path, time: Time) -> None:
    with pytest.raises(Unavailable) as refused:
        time.remote(f"http://127.0.0.1:{free_port()}").build(work, b"{}")
    assert refused.value.code == "sandbox-unreachable"
    assert time.now >= WAIT_SECONDS


BROKEN = {
    "nothing": b"",
    "half a head": b"HTTP/1.1 200 OK\r\nContent-",
    "an answer cut short": CUT_SHORT,
    "no HTTP": b"\x00\x01\x02\r\n\r\n",
    "no JSON": HEAD % 5 + b"hello",
    "another document": HEAD % 2 + b"{}",
    "an answer without end": HEAD % (ANSWER_BYTES + 1) + b"x" * (ANSWER_BYTES + 1),
    "a refusal of its own": refusing("pay-first"),
    "a refusal that is none": json_answer(["sandbox-busy"], 503),
    "a redirect": b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n",
}


@pytest.mark.parametrize("what", BROKEN)
def test_sandboxes_that_break_are_tried_a_few_times(work: Path, time: Time, what: str) -> None:
    with answers(BROKEN[what]) as portal:
        assert refused_at(portal, work, time).code == "sandbox-broken"
        assert len(portal.asked) == 3


@pytest.mark.parametrize("what", ["nothing", "an answer cut short"])
def test_build_that_broke_off_is_made_by_the_next(work: Path, time: Time, what: str) -> None:
    with answers(BROKEN[what], HEAD % len(DONE) + DONE) as portal:
        assert time.remote(portal.url).build(work, b"{}") == RUNS


@pytest.mark.parametrize("code", sorted(set(REFUSALS) - {"sandbox-busy", "sandbox-release"}))
def test_what_no_other_sandbox_would_mend_is_told_at_once(
    work: Path, time: Time, code: str
) -> None:
    with answers(refusing(code)) as portal:
        assert refused_at(portal, work, time).code == code
        assert len(portal.asked) == 1
    assert json.loads(refusing(code).partition(b"\r\n\r\n")[2])["code"] == code
