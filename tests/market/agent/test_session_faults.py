"""Members are killed, frozen, absent, changed or poor: nobody hangs, and the ledgers stay right."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace

import psutil
import pytest
from world.declarations import COUNT, TABLE
from world.members_live import DEADLINES, LiveMembers, live_members
from world.people import CAROL, DORA, OLGA
from world.waiting import eventually

from market.agent.agent import Agent
from market.agent.sessions.begin import means_of
from market.agent.sessions.run import end_interrupted
from market.agent.sessions.worker import Worker
from market.entities.job import Job
from market.policy.budget.accounts import people_accounts
from market.records.receipt import NO_ENVELOPE, Receipt
from market.records.signed import open_signed
from market.vault.consortia import read_membership
from market.vault.settings import write_settings
from market.vault.store.chain import receipts
from market.vault.store.sessions import charged_sessions
from market.vault.store.spending import balances

pytestmark = [pytest.mark.processes, pytest.mark.stories]

ALL = (OLGA.organisation, CAROL.organisation, DORA.organisation)
SHORT = replace(DEADLINES, connect_seconds=4)


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveMembers]:
    with live_members(tmp_path_factory.mktemp("faults")) as made:
        made.bind_all(dict.fromkeys(ALL, TABLE))
        yield made


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Agents of this process are charged, and say go when it is set."""
    opened = threading.Event()
    go = Worker.go

    def held(worker: Worker) -> None:
        opened.wait(60)
        go(worker)

    monkeypatch.setattr(Worker, "go", held)
    yield opened
    opened.set()


def spent(market: LiveMembers) -> dict[str, int]:
    """What the people of every member have spent, by that member's own ledger."""
    found = {}
    for organisation in ALL:
        membership = read_membership(market.homes[organisation], market.name, 1)
        (account, *_) = people_accounts(membership.charged[0])
        held = balances(market.stores[organisation], [account])[account]
        found[organisation] = held.spent_units
    return found


def workers(of: int | None = None) -> list[psutil.Process]:
    """The workers that run below a process; below this one unless another is named."""
    return [
        child for child in psutil.Process(of).children() if "crypto.mpc.worker" in _command(child)
    ]


def _command(process: psutil.Process) -> str:
    """A process's command line; empty where it has ended, whoever has yet to be told."""
    try:
        return " ".join(process.cmdline())
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return ""


def started(market: LiveMembers) -> dict[str, psutil.Process]:
    """Every member's session begins; their workers."""
    found: dict[str, psutil.Process] = {}
    for organisation in ALL:
        assert market.start_session(organisation)
        known = set(found.values())
        eventually(lambda known=known: len(set(workers()) - known) == 1)
        (found[organisation],) = set(workers()) - known
    return found


def all_charged(market: LiveMembers) -> bool:
    return all(charged_sessions(store) for store in market.stores.values())


def ended(market: LiveMembers, job: Job) -> Job:
    """All sessions end by themselves, and what comes of it is sent."""
    for organisation in ALL:
        market.agents[organisation].sessions.wait()
    for organisation in ALL:
        market.round(organisation)
    return market.job(job)


def newest_receipt(market: LiveMembers, organisation: str) -> Receipt:
    party = market.homes[organisation].signing_key().public.hex
    return open_signed(
        Receipt, receipts(market.stores[organisation])[-1].encode(), signer=party
    ).record


def test_absent_member_costs_nobody_anything(market: LiveMembers) -> None:
    before = spent(market)
    for organisation in ALL:
        market.agents[organisation] = market.agent_at(organisation, deadlines=SHORT)
    job = market.compute(market.sealed_live(COUNT), without=(DORA.organisation,))
    assert job.state == "failed"
    assert job.end is not None
    assert job.end.code.startswith("session-")
    assert "connect" in job.end.message
    assert DORA.organisation in job.end.message
    assert spent(market) == before


def test_killed_worker_keeps_the_charge_and_names_the_member(
    market: LiveMembers, gate: threading.Event
) -> None:
    before, job = spent(market), market.sealed_live(COUNT)
    process = started(market)[OLGA.organisation]
    eventually(lambda: all_charged(market))
    process.kill()
    gate.set()
    job = ended(market, job)
    assert job.state == "failed"
    assert OLGA.organisation in str(job.end)
    assert {o: s - before[o] for o, s in spent(market).items()} == dict.fromkeys(ALL, job.rho_units)
    for organisation in ALL:
        receipt = newest_receipt(market, organisation)
        assert (receipt.envelope_hash, receipt.rho_units) == (NO_ENVELOPE, job.rho_units)
        party = market.homes[organisation].signing_key().public.hex
        assert market.receipts.head(party)[0] == receipt.sequence


def test_frozen_worker_is_named_within_the_deadline(
    market: LiveMembers, gate: threading.Event
) -> None:
    job = market.sealed_live(COUNT)
    process = started(market)[DORA.organisation]
    eventually(lambda: all_charged(market))
    process.suspend()
    gate.set()
    for organisation in (OLGA.organisation, CAROL.organisation):
        market.agents[organisation].sessions.wait()
        market.round(organisation)
    failed = market.job(job)
    assert failed.state == "failed"
    assert DORA.organisation in str(failed.end)
    process.resume()
    assert ended(market, job).state == "failed"
    assert charged_sessions(market.stores[DORA.organisation]) == []


def test_changed_table_is_refused_and_nothing_is_spent(market: LiveMembers) -> None:
    before, job = spent(market), market.sealed_live(COUNT)
    table = market.root / f"{CAROL.organisation} at home" / "table.csv"
    table.write_text(TABLE + "late,3,yes\n")
    try:
        market.start_session(CAROL.organisation)
        market.agents[CAROL.organisation].sessions.wait()
        market.round(CAROL.organisation)
    finally:
        table.write_text(TABLE)
    refused = market.job(job)
    assert refused.state == "refused"
    assert refused.end is not None
    assert refused.end.code == "table-changed"
    assert spent(market) == before


class AgentProcess:
    """A member's agent as its own process: `market agent run`."""

    def __init__(self, market: LiveMembers, organisation: str) -> None:
        home = market.homes[organisation]
        write_settings(
            home.path / "agent.toml", replace(home.settings(), poll_seconds=1, slot_seconds=1)
        )
        command = [
            sys.executable,
            "-m",
            "market.cli.main",
            "agent",
            "run",
            "--home",
            str(home.path),
        ]
        self.process = subprocess.Popen(command, stderr=subprocess.DEVNULL)

    def worker(self) -> psutil.Process:
        eventually(lambda: len(workers(self.process.pid)) == 1)
        return workers(self.process.pid)[0]

    def kill(self) -> None:
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()


def test_agent_killed_before_the_charge_begins_again_and_pays_once(market: LiveMembers) -> None:
    before, job = spent(market), market.sealed_live(COUNT)
    killed = AgentProcess(market, OLGA.organisation)
    orphan = killed.worker()
    killed.kill()
    # Its agent never said go: it ends by itself.
    eventually(lambda: not orphan.is_running() or orphan.status() == psutil.STATUS_ZOMBIE)
    assert spent(market) == before
    market.restart(OLGA.organisation)
    job = market.compute(job)
    assert job.state == "released", job.end and job.end.message
    assert {o: s - before[o] for o, s in spent(market).items()} == dict.fromkeys(ALL, job.rho_units)


def test_agent_killed_after_the_charge_keeps_it_and_says_so(
    market: LiveMembers, gate: threading.Event
) -> None:
    before, job = spent(market), market.sealed_live(COUNT)
    killed = AgentProcess(market, OLGA.organisation)
    computing = killed.worker()
    for organisation in (CAROL.organisation, DORA.organisation):
        market.start_session(organisation)
    eventually(lambda: all_charged(market))
    killed.kill()
    # With its machine: a worker that was told to go would finish without its agent.
    computing.kill()
    gate.set()
    market.restart(OLGA.organisation)
    agent: Agent = market.agents[OLGA.organisation]
    assert end_interrupted(means_of(agent, lambda: float(market.now))) == 1
    assert end_interrupted(means_of(agent, lambda: float(market.now))) == 0
    job = ended(market, job)
    assert job.state == "failed"
    assert spent(market)[OLGA.organisation] - before[OLGA.organisation] == job.rho_units
    assert newest_receipt(market, OLGA.organisation).envelope_hash == NO_ENVELOPE
    assert market.compute(market.sealed_live(COUNT)).state == "released"
