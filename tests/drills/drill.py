"""A drill on a story's stage: the stream of jobs, the faults, and what is left at the end."""

from __future__ import annotations

import signal
import threading
import time
from dataclasses import dataclass

from rehearsal.supervisor import Supervised
from world.waiting import eventually

from drills.cluster import AGENT, DISK, SCHEDULER, DrilledCluster
from drills.collect import (
    agents_books,
    jobs_seen,
    platforms_books,
    steps_troubles,
    troubles_of,
)
from drills.evidence import Evidence
from drills.faults import Strikes
from drills.plan import DrillPlan
from drills.questions import make_questions
from drills.record import Record
from drills.stream import Buyer
from market.demo.catalogue.story import DATASET, CatalogueStory
from market.demo.roles import Role


@dataclass(frozen=True, slots=True)
class Stream:
    """How many jobs, how many of them at once, and for how long none of them may come any further
    once all faults are over."""

    jobs: int
    at_once: int
    settle_seconds: float


class Drill:
    """One drill of a story that has published its dataset, and whose buyer is signed in."""

    def __init__(
        self, story: CatalogueStory, cluster: DrilledCluster, stream: Stream, record: Record
    ) -> None:
        self._stage, self._cluster, self._stream = story.stage, cluster, stream
        self._record = record
        folder = story.stage.folder / "questions"
        self._buyer = Buyer.at(
            story.stage.role("buyer").home / "client",
            dataset=DATASET,
            questions=make_questions(folder, stream.jobs),
            table=story.table(),
            record=record,
            at_once=stream.at_once,
        )

    def run(self, plan: DrillPlan) -> Evidence:
        """Every fault of a plan, struck while jobs run; returns when all have ended."""
        agent = self._keep_agent()
        strikes = Strikes(self._cluster, agent)
        is_over = threading.Event()
        buyer = threading.Thread(target=self._buy, args=(is_over,), name="buyer", daemon=True)
        began = time.monotonic()
        buyer.start()
        try:
            for fault in plan.faults:
                time.sleep(max(0.0, began + fault.after_seconds - time.monotonic()))
                number = fault.number
                self._record.note("strikes", number=number, kind=fault.kind, target=fault.target)
                self._record.note("struck", number=number, what=strikes.strike(fault))
            self._settle()
        finally:
            is_over.set()
            buyer.join()
            self._buyer.close()
        return self._evidence(strikes, agent)

    def _buy(self, is_over: threading.Event) -> None:
        while not is_over.is_set():
            self._buyer.go_on()

    def _settle(self) -> None:
        """However slow the machine: what stands still before it has ended is in the evidence."""
        began = time.monotonic()
        while not self._buyer.is_done:
            since = max(began, self._buyer.came_further_at)
            if time.monotonic() - since > self._stream.settle_seconds:
                break
            time.sleep(1)
        self._record.note("settled", done=self._buyer.is_done)

    def _keep_agent(self) -> Supervised:
        self._stage.stop_agent("owner")
        owner = self._stage.role("owner")
        # Not on the disk that is filled.
        log = self._cluster.folder / f"{AGENT}.log"
        agent = Supervised(AGENT, lambda: _agents_command(owner), log, owner.environment)
        self._cluster.supervisor.keep(agent)
        return agent

    def _evidence(self, strikes: Strikes, agent: Supervised) -> Evidence:
        self._cluster.supervisor.hold(AGENT, by=signal.SIGTERM)
        eventually(lambda: not agent.is_running)
        url = self._cluster.database_url
        supervisor = self._cluster.supervisor
        ours = ("portal", "relay", "sandbox", AGENT)
        logs = {name: supervisor[name].log for name in supervisor.names if name.startswith(ours)}
        tasks = self._cluster.disk_of(f"rehearsal-{SCHEDULER}", DISK)
        return Evidence(
            tuple(self._buyer.acknowledged),
            jobs_seen(url, self._buyer.commits),
            platforms_books(url),
            agents_books(self._stage.role("owner").home / "agent" / "agent.db"),
            tuple(self._buyer.opened.values()),
            tuple(strikes.freezes),
            (*troubles_of(logs), *steps_troubles(tasks)),
            dict(self._buyer.refusals),
        )


def _agents_command(owner: Role) -> list[str]:
    command = owner.command("-P", "-m", "market.cli.main", "agent", "run")
    if owner.uid is not None:
        # A change of uid takes it away that the program dies with whoever runs it.
        command[1:1] = ["--pdeathsig", "KILL"]
    return command
