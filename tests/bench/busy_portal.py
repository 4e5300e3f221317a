"""A portal under a hundred buyers: how long reads and quotes take, and what the portal costs when
nobody asks, however many jobs it has seen.

    python busy_portal.py [SECONDS]

The portal is `market serve` over SQLite, a process of its own; the buyers are another, on the same
machine. Every buyer reads once a second: the catalogue, a dataset, their jobs, one job, the inbox;
every tenth request prices a plan. Finished jobs are copies of one that went the whole way, rows and
documents, under other names.
"""

from __future__ import annotations

import asyncio
import json
import random
import shutil
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import psutil
from world.builders import DATASET
from world.durable_market import durable_market, make_home
from world.served_portal import ServedPortal, served

from market.entities.people import Operator, Organisation, User
from market.services.operation.oversee import oversee

BUYERS, ORGANISATIONS, DATASETS = 100, 20, 20
FINISHED_JOBS = (0, 100_000)
SECONDS, IDLE_SECONDS = 30, 20
QUOTE_SHARE = 0.1
PROGRAM = 'def build(ds):\n    return {"rows": ds.count(), "age": ds["age"].mean()}\n'
_HOME = Path(__file__).resolve().parent.parent.parent / "build" / "busy-portal"
_OF_JOB = ("job", "job_dataset", "job_event", "job_document")


def measure(seconds: int = SECONDS) -> dict[str, Any]:
    """By number of finished jobs: latencies in milliseconds, and CPU seconds per idle second."""
    return {f"{jobs:,} finished jobs": _measured(jobs, seconds) for jobs in FINISHED_JOBS}


def _measured(jobs: int, seconds: int) -> dict[str, Any]:
    shutil.rmtree(_HOME, ignore_errors=True)
    _HOME.parent.mkdir(exist_ok=True)
    tokens, plan = make_busy_home(_HOME, jobs)
    overview = overview_milliseconds(_HOME)
    with served(_HOME) as portal:
        idle = _cpu_share(portal, IDLE_SECONDS)
        before = _cpu_seconds(portal)
        answered = _asked_by_others(portal, tokens, plan, seconds)
        cpu = _cpu_seconds(portal) - before
    count = sum(map(len, answered["milliseconds"].values()))
    return {
        "overview_milliseconds": overview,
        "idle_cpu_seconds_per_second": idle,
        "requests_per_second": count / seconds,
        "portal_cpu_milliseconds_per_request": 1_000 * cpu / count,
        "errors": answered["errors"],
        **{what: quantiles(seen) for what, seen in sorted(answered["milliseconds"].items())},
    }


def overview_milliseconds(home: Path) -> float:
    """What an operator's overview takes of the database: the median of several."""
    with durable_market(home) as market:
        taken = []
        for _ in range(9):
            started = time.perf_counter()
            oversee(market.platform, Operator(), now=int(time.time()))
            taken.append(1_000 * (time.perf_counter() - started))
    return statistics.median(taken)


def make_busy_home(home: Path, finished_jobs: int) -> tuple[list[str], str]:
    """A platform with datasets, buyers and jobs; the buyers' tokens, and a plan to price."""
    make_home(home)
    with durable_market(home) as market:
        market.now = int(time.time())
        for number in range(DATASETS):
            market.publish(f"survey-{number:02d}")
        market.publish()
        tokens = []
        for number in range(BUYERS):
            organisation = f"lab-{number % ORGANISATIONS:02d}"
            user = f"buyer{number:03d}"
            market.people.add_organisation(Organisation(organisation, organisation.title()))
            market.people.add_user(
                User(user, organisation, user.title(), ("buyer",), "", is_active=True),
                "copper-lantern-orchid-42",
            )
            tokens.append(
                market.people.issue_token(
                    user, ("client",), "bench", now=market.now, lifetime_seconds=86_400
                )
            )
        job = market.released()
        plan = market.document(job, "plan")
        # Every organisation has some of its own, however few have finished in all.
        copy_job(home / "portal.db", job.job, max(finished_jobs, 5 * ORGANISATIONS))
    return tokens, plan


def copy_job(database: Path, job: str, copies: int) -> None:
    """The rows of a job again and again, under other names, buyers and times."""
    with sqlite3.connect(database) as connection:
        connection.row_factory = sqlite3.Row
        rows = {
            table: [
                dict(row)
                for row in connection.execute(f"SELECT * FROM {table} WHERE job = ?", (job,))  # noqa: S608
            ]
            for table in _OF_JOB
        }
        for number in range(copies):
            for table, found in rows.items():
                for row in found:
                    _insert(connection, table, row | _changed(table, row, number))


def _changed(table: str, row: Mapping[str, Any], number: int) -> dict[str, Any]:
    changed: dict[str, Any] = {"job": f"job-{number:012x}"}
    if table == "job_event":
        changed["event"] = None
    if table == "job":
        changed |= {
            "run": f"{row['run']}-{number}",
            "organisation": f"lab-{number % ORGANISATIONS:02d}",
            "buyer": f"buyer{number % BUYERS:03d}",
            "request_hash": f"{number:064x}",
            "created_at": row["created_at"] - number,
            "updated_at": row["updated_at"] - number,
        }
    return changed


def _insert(connection: sqlite3.Connection, table: str, row: Mapping[str, Any]) -> None:
    names = ", ".join(f'"{name}"' for name in row)
    marks = ", ".join("?" * len(row))
    connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(row.values()))  # noqa: S608


def quantiles(milliseconds: Sequence[float]) -> dict[str, float]:
    """Median and 95th percentile."""
    cuts = statistics.quantiles(milliseconds, n=20)
    return {"p50_milliseconds": cuts[9], "p95_milliseconds": cuts[18]}


def _cpu_seconds(portal: ServedPortal) -> float:
    top = psutil.Process(portal.process.pid)
    times = [each.cpu_times() for each in (top, *top.children(recursive=True))]
    return sum(one.user + one.system for one in times)


def _cpu_share(portal: ServedPortal, seconds: int) -> float:
    before = _cpu_seconds(portal)
    time.sleep(seconds)
    return (_cpu_seconds(portal) - before) / seconds


def _asked_by_others(
    portal: ServedPortal, tokens: list[str], plan: str, seconds: int
) -> dict[str, Any]:
    """What `_buyers` measures, in a process of its own."""
    asked = {"url": f"http://127.0.0.1:{portal.port}", "tokens": tokens, "plan": plan}
    done = subprocess.run(
        [sys.executable, __file__, "--buyers", str(seconds)],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
    )
    answered: dict[str, Any] = json.loads(done.stdout)
    return answered


async def _buyers(asked: Mapping[str, Any], seconds: int) -> dict[str, Any]:
    answered: dict[str, Any] = {"milliseconds": {}, "errors": 0}
    everybody = (_buyer(asked, number, seconds, answered) for number in range(len(asked["tokens"])))
    await asyncio.gather(*everybody)
    return answered


async def _buyer(
    asked: Mapping[str, Any], number: int, seconds: int, answered: dict[str, Any]
) -> None:
    choice = random.Random(number)  # noqa: S311 - nothing hangs on it
    headers = {"Authorization": f"Bearer {asked['tokens'][number]}"}
    async with httpx.AsyncClient(base_url=asked["url"], timeout=60, headers=headers) as client:
        jobs = [job["job"] for job in (await client.get("/api/v1/jobs")).json()]
        await asyncio.sleep(choice.random())
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            dataset = f"survey-{choice.randrange(DATASETS):02d}"
            what, request = _request(choice, dataset, jobs, asked["plan"])
            began = time.monotonic()
            answer = await client.request(**request)
            took = time.monotonic() - began
            answered["errors"] += not answer.is_success
            answered["milliseconds"].setdefault(what, []).append(1_000 * took)
            await asyncio.sleep(max(0, 1 - took))


def _request(
    choice: random.Random, dataset: str, jobs: list[str], plan: str
) -> tuple[str, dict[str, Any]]:
    if choice.random() < QUOTE_SHARE:
        body = {"dataset": dataset, "plan": plan.replace(DATASET, dataset), "epsilon": "0.5"}
        return "quote", {"method": "POST", "url": "/api/v1/quotes", "json": body}
    read = {
        "catalogue": "/api/v1/datasets",
        "dataset": f"/api/v1/datasets/{dataset}",
        "jobs": "/api/v1/jobs",
        "job": f"/api/v1/jobs/{choice.choice(jobs)}",
        "inbox": "/api/v1/inbox",
    }
    what = choice.choice(list(read))
    return what, {"method": "GET", "url": read[what]}


if __name__ == "__main__":
    if sys.argv[1:2] == ["--buyers"]:
        print(json.dumps(asyncio.run(_buyers(json.load(sys.stdin), int(sys.argv[2])))))
    else:
        print(json.dumps(measure(*map(int, sys.argv[1:2])), indent=2))
