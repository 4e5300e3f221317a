"""The worker that prices plans: it answers as the pricing itself does, in time or not at all, and
leaves nothing behind."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import termios
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from world.household import PLAN
from world.people import BOB
from world.portal_market import PortalMarket
from world.waiting import eventually

from crypto import canonical
from market import wire
from market.errors import MarketError, Refused, Unavailable
from market.portal.quotes.process import QuoteProcess
from market.services.submit.quote_plan import PlanToPrice, plan_to_price, price_plan

pytestmark = pytest.mark.processes

PATIENCE_SECONDS = 60


@pytest.fixture
def asked(listed: PortalMarket) -> PlanToPrice:
    return plan_to_price(
        listed.platform, BOB, "household-visits", wire.encode(PLAN).decode(), "0.5"
    )


@pytest.fixture
def pricing() -> Iterator[QuoteProcess]:
    process = QuoteProcess(PATIENCE_SECONDS)
    yield process
    process.close()


def worker_of(portal: int) -> int:
    """The worker among a process's children, whichever of its threads started it."""
    for task in Path(f"/proc/{portal}/task").iterdir():
        for child in (task / "children").read_text().split():
            if "market.portal.quotes.worker" in Path(f"/proc/{child}/cmdline").read_text():
                return int(child)
    raise AssertionError("there is no worker")


def has_question(worker: int) -> bool:
    """Whether bytes wait on the standard input of a worker."""
    pipe = os.open(f"/proc/{worker}/fd/0", os.O_RDONLY | os.O_NONBLOCK)
    try:
        waiting = fcntl.ioctl(pipe, termios.FIONREAD, bytes(4))
    finally:
        os.close(pipe)
    return int.from_bytes(waiting, sys.byteorder) > 0


def state_of(pid: int) -> str:
    """The kernel's letter for what a process does; none for one that is reaped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


def is_gone(pid: int) -> bool:
    return state_of(pid) in ("", "Z")


def freeze(worker: int) -> None:
    """Stop a worker for good: one that is only told to may still take a question off its pipe."""
    os.kill(worker, signal.SIGSTOP)
    eventually(lambda: state_of(worker) == "T")


def test_worker_prices_as_the_use_case_does(pricing: QuoteProcess, asked: PlanToPrice) -> None:
    assert pricing.price(asked) == canonical.dumps(price_plan(asked))


@pytest.mark.parametrize(
    ("plan", "epsilon"), [('{"version":1}', "0.5"), (wire.encode(PLAN).decode(), "50")]
)
def test_refusal_comes_through_whole(
    pricing: QuoteProcess, asked: PlanToPrice, plan: str, epsilon: str
) -> None:
    other = replace(asked, plan=plan, epsilon=epsilon)
    told = []
    for price in (pricing.price, price_plan):
        with pytest.raises(Refused) as refused:
            price(other)
        told.append((refused.value.code, refused.value.message, refused.value.next_action))
    assert told[0] == told[1]


def in_thread(work: Callable[[], object]) -> tuple[threading.Thread, list[MarketError]]:
    failures: list[MarketError] = []

    def run() -> None:
        try:
            work()
        except MarketError as error:
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, failures


def test_quote_that_takes_too_long_is_ended(
    pricing: QuoteProcess, asked: PlanToPrice, monkeypatch: pytest.MonkeyPatch
) -> None:
    pricing.price(asked)
    first = worker_of(os.getpid())
    freeze(first)
    # A worker that has yet to be started has all the time that a busy machine takes for it.
    with monkeypatch.context() as hurried:
        hurried.setattr(pricing, "_seconds", 1)
        with pytest.raises(Refused, match="quote-too-long"):
            pricing.price(asked)
    assert is_gone(first)
    assert pricing.price(asked) == canonical.dumps(price_plan(asked))
    assert worker_of(os.getpid()) != first


def test_worker_killed_at_work_is_replaced_and_its_quote_is_an_error(
    pricing: QuoteProcess, asked: PlanToPrice
) -> None:
    pricing.price(asked)
    first = worker_of(os.getpid())
    freeze(first)
    thread, failures = in_thread(lambda: pricing.price(asked))
    eventually(lambda: has_question(first))
    os.kill(first, signal.SIGKILL)
    thread.join(PATIENCE_SECONDS)
    assert [error.code for error in failures] == ["quote-broken-off"]
    assert pricing.price(asked) == canonical.dumps(price_plan(asked))


def test_worker_killed_between_two_quotes_is_replaced_unnoticed(
    pricing: QuoteProcess, asked: PlanToPrice
) -> None:
    pricing.price(asked)
    first = worker_of(os.getpid())
    os.kill(first, signal.SIGKILL)
    eventually(lambda: is_gone(first))
    assert pricing.price(asked) == canonical.dumps(price_plan(asked))


def test_workers_that_ended_leave_nothing_open(pricing: QuoteProcess, asked: PlanToPrice) -> None:
    pricing.price(asked)
    opened = len(os.listdir("/proc/self/fd"))
    for _ in range(2):
        worker = worker_of(os.getpid())
        os.kill(worker, signal.SIGKILL)
        eventually(lambda worker=worker: is_gone(worker))
        pricing.price(asked)
    assert len(os.listdir("/proc/self/fd")) == opened


def test_closing_gives_up_the_quote_under_way(asked: PlanToPrice) -> None:
    pricing = QuoteProcess(PATIENCE_SECONDS)
    pricing.price(asked)
    worker = worker_of(os.getpid())
    freeze(worker)
    thread, failures = in_thread(lambda: pricing.price(asked))
    eventually(lambda: has_question(worker))
    pricing.close()
    thread.join(PATIENCE_SECONDS)
    assert not thread.is_alive()
    assert [error.code for error in failures] == ["quote-broken-off"]
    assert is_gone(worker)
    with pytest.raises(Unavailable, match="quote-broken-off"):
        pricing.price(asked)


def test_worker_has_nothing_of_the_portals_environment(
    pricing: QuoteProcess, asked: PlanToPrice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MARKET_DATABASE_URL", "postgresql://portal:secret@db/market")
    pricing.price(asked)
    inherited = Path(f"/proc/{worker_of(os.getpid())}/environ").read_bytes().split(b"\0")
    names = {one.split(b"=")[0] for one in inherited if one}
    assert names <= {b"PYTHONPATH", b"LANG", b"LC_ALL", b"LC_CTYPE"}


def test_worker_ends_with_a_portal_that_is_killed(asked: PlanToPrice, tmp_path: Path) -> None:
    question = tmp_path / "question.json"
    question.write_bytes(wire.encode(asked))
    portal = subprocess.Popen(
        [sys.executable, "-c", PORTAL, str(question)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    with portal:
        assert portal.stdout is not None
        assert portal.stdout.readline() == b"priced\n"
        worker = worker_of(portal.pid)
        portal.kill()
    eventually(lambda: is_gone(worker))


PORTAL = """
import sys
from pathlib import Path
from market import wire
from market.portal.quotes.process import QuoteProcess
from market.services.submit.quote_plan import PlanToPrice

pricing = QuoteProcess(60)
pricing.price(wire.decode(PlanToPrice, Path(sys.argv[1]).read_bytes()))
print("priced", flush=True)
sys.stdin.read()
"""
