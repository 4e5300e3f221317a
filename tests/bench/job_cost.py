"""What a job takes from its submission to its opened result, by stage and by process, and how long
twenty take that are submitted at once: the demo's platform, owner and buyer, all processes real.

    python job_cost.py [AT_ONCE]

A stage ends where the buyer's command returns. CPU is counted for every process of the platform,
the agent and the client: a process tree's own and that of its ended children, before and after. Of
Spark's Python workers, which nobody waits for, only those count that live on (they are kept). What
the platform takes while nobody asks anything is measured first and told apart.
"""

from __future__ import annotations

import json
import resource
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import psutil

from market.demo.catalogue.story import DATASET, CatalogueStory, Program
from market.demo.hosting import OneMachine
from market.demo.terminal import market
from market.processes.child import running
from market.processes.status import NAMES, RESIDENT
from market.settings import Settings

PORTS = (8430, 8431)
AT_ONCE = 20
WARM_JOBS = 5
IDLE_SECONDS = 20
CLIENT, AGENT = "client", "agent"
_BUILD = Path(__file__).resolve().parent.parent.parent / "build"

Cpu = Mapping[str, float]


@dataclass(frozen=True)
class Stage:
    """What one command of the buyer, and all that happened meanwhile, took."""

    name: str
    seconds: float
    cpu_seconds: Cpu


class Market:
    """The demo's market, standing, with a program that the buyer has rehearsed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        hosting = OneMachine(*PORTS)
        self.story = CatalogueStory(folder, hosting, lambda text: click.echo(text, err=True))
        self._settings = Settings(home=folder / "platform")
        self._agent_pid = folder / "owner.agent.pid"
        self._asked = 0

    @classmethod
    def in_folder(cls, name: str) -> Market:
        """In a folder of that name below `build`."""
        return cls(_BUILD / name)

    def __enter__(self) -> Market:
        self.story.publish()
        self.program: Program = self.story.rehearse()[0]
        return self

    def __exit__(self, *_: object) -> None:
        self.story.stage.stop()

    def job(self, epsilon: str) -> list[Stage]:
        """One job by the client's commands, from submitted to opened."""
        program, stages = self.program.options(), list[Stage]()

        def timed(name: str, *arguments: str) -> Any:
            before, began = self.cpu(), time.perf_counter()
            answer = market(self.story.stage.role("buyer"), *arguments)
            seconds = time.perf_counter() - began
            stages.append(Stage(name, seconds, difference(self.cpu(), before)))
            return answer

        asked = ("--dataset", DATASET, "--epsilon", epsilon)
        job = timed("submitted", "submit", *program, *asked)["job"]
        timed("planned", "job", "wait", job, "--until", "planned")
        timed("signed", "sign", job, *program, "--yes")
        timed("released", "job", "wait", job)
        timed("opened", "result", "open", job)
        return stages

    def fresh_epsilons(self, number: int) -> list[str]:
        """Every job asks anew: the same question at the same epsilon would be answered from what
        the buyer has."""
        first, self._asked = self._asked, self._asked + number
        return [f"0.01{place:03d}" for place in range(first, self._asked)]

    def cpu(self) -> Cpu:
        """CPU seconds so far, by process of the platform, agent and client."""
        pids = {name: running(self._settings, name) for name in (*NAMES, RESIDENT)}
        pids[AGENT] = int(self._agent_pid.read_text())
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return {CLIENT: used.ru_utime + used.ru_stime} | {
            name: _cpu_of_tree(pid) for name, pid in pids.items() if pid is not None
        }


def measure(at_once: int = AT_ONCE) -> dict[str, Any]:
    """Seconds and CPU seconds of a job, by stage; idle load; and of jobs submitted together.

    Raises:
        MarketError: a chapter or a job failed.
    """
    market_here = Market.in_folder("job-cost")
    try:
        with market_here as standing:
            first, *_ = [standing.job(each) for each in standing.fresh_epsilons(1)]
            warm = [standing.job(each) for each in standing.fresh_epsilons(WARM_JOBS)]
            idle = _idle(standing)
            together = _together(standing, at_once)
    finally:
        shutil.rmtree(market_here.folder, ignore_errors=True)
    return {
        "first_job_seconds": round(sum(stage.seconds for stage in first), 2),
        "submitted_to_opened_seconds": round(
            statistics.median(sum(stage.seconds for stage in job) for job in warm), 2
        ),
        "cpu_seconds_per_job": round(statistics.median(sum(map(_total, job)) for job in warm), 2),
        "stages": _by_stage(warm),
        "idle_percent_of_a_core": idle,
        "at_once": together,
    }


def difference(after: Cpu, before: Cpu) -> Cpu:
    return {name: after[name] - before.get(name, 0.0) for name in after}


def _total(stage: Stage) -> float:
    return sum(stage.cpu_seconds.values())


def _by_stage(jobs: list[list[Stage]]) -> dict[str, dict[str, Any]]:
    """Medians over the jobs."""
    told: dict[str, dict[str, Any]] = {}
    for stages in zip(*jobs, strict=True):
        names = sorted({name for stage in stages for name in stage.cpu_seconds})
        told[stages[0].name] = {
            "seconds": _median(stage.seconds for stage in stages),
            "cpu_seconds": {
                name: _median(stage.cpu_seconds.get(name, 0.0) for stage in stages)
                for name in names
            },
        }
    return told


def _median(values: Iterable[float]) -> float:
    return round(statistics.median(values), 2)


def _idle(standing: Market) -> dict[str, float]:
    before = standing.cpu()
    time.sleep(IDLE_SECONDS)
    used = difference(standing.cpu(), before)
    return {name: round(100 * seconds / IDLE_SECONDS, 1) for name, seconds in used.items()}


def _together(standing: Market, at_once: int) -> dict[str, Any]:
    ask: Callable[[str], list[Stage]] = standing.job
    before, began = standing.cpu(), time.perf_counter()
    with ThreadPoolExecutor(at_once) as buyers:
        list(buyers.map(ask, standing.fresh_epsilons(at_once)))
    seconds = time.perf_counter() - began
    used = difference(standing.cpu(), before)
    return {
        "jobs": at_once,
        "seconds": round(seconds, 1),
        "cpu_seconds_per_job": round(sum(used.values()) / at_once, 2),
        "cpu_seconds": {name: round(value, 1) for name, value in used.items()},
    }


def _cpu_of_tree(pid: int) -> float:
    """Of a process and all below it, ended children included where they were waited for."""
    total = 0.0
    with suppress(psutil.NoSuchProcess):
        root = psutil.Process(pid)
        for process in (root, *root.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                total += sum(process.cpu_times()[:4])
    return total


if __name__ == "__main__":
    print(json.dumps(measure(*map(int, sys.argv[1:])), indent=2))
