"""The demo's story on the chart's own pods: two portals, Airflow's processes apart, Postgres, S3,
one-shot sandboxes and a Spark of two workers, which know each other by settings and sockets. At
night each kind of fault then strikes it once, while jobs run."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from drills.cluster import DrilledCluster
from drills.drill import Drill, Stream
from drills.faults import ONE_OF_EACH
from drills.plan import make_plan
from drills.record import Record
from drills.verdict import verdict
from rehearsal.cluster import SPARK_WORKERS
from world.loopback import free_port

from market.demo.catalogue.report import CatalogueReport
from market.demo.catalogue.story import CatalogueStory
from market.demo.roles import ROOT

pytestmark = pytest.mark.timeout(1_200)

SAFE = 3.5
"""A 95 % half-width times this is seven standard deviations."""


@dataclass(frozen=True)
class Rehearsal:
    cluster: DrilledCluster
    story: CatalogueStory
    report: CatalogueReport

    def log(self, name: str) -> str:
        return (self.cluster.folder / f"{name}.log").read_text("utf-8", errors="replace")

    def events(self, name: str) -> list[dict[str, Any]]:
        lines = self.log(name).splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]


@pytest.fixture(scope="module")
def told_rehearsal() -> Iterator[Rehearsal]:
    # Not under pytest's private folder: other accounts must be able to reach their homes.
    folder = ROOT / "build" / f"rehearsal-of-tests-{free_port()}"
    cluster = DrilledCluster(folder / "cluster")
    story = CatalogueStory(folder, cluster, lambda _text: None)
    try:
        yield Rehearsal(cluster, story, story.tell())
    finally:
        story.stage.stop()
        shutil.rmtree(folder)


def test_every_opened_value_is_the_truth_within_its_error(told_rehearsal: Rehearsal) -> None:
    compared = [line for line in told_rehearsal.report.lines if line.truth is not None]
    assert len(compared) > 10
    for line in compared:
        if line.cell != "OTHER":
            assert line.opened != line.truth, "an answer left without noise"
            assert abs(line.opened - line.truth) <= SAFE * line.error_95, line


def test_both_portals_served_it_and_one_kept_house(told_rehearsal: Rehearsal) -> None:
    portals = [name for name in told_rehearsal.cluster.pods if name.startswith("portal")]
    assert len(portals) == 2
    for name in portals:
        routes = {event.get("route") for event in told_rehearsal.events(name)}
        assert {"/api/v1/jobs/{job}", "/api/v1/forms"} <= routes
    healths = []
    for name in portals:
        address = told_rehearsal.cluster.address_of(f"rehearsal-{name}")
        healths.append(httpx.get(f"http://{address}:8420/healthz", trust_env=False).json())
    assert sorted(health["leads"] for health in healths) == [False, True]
    assert {health["housekeeper"] for health in healths} == {"ok"}


def test_no_portal_carried_a_chunk(told_rehearsal: Rehearsal) -> None:
    for name in ("portal-0", "portal-1"):
        routes = {str(event.get("route")) for event in told_rehearsal.events(name)}
        assert not any(route.startswith("/objects") for route in routes)


def test_program_was_built_in_a_sandbox_that_has_nothing(told_rehearsal: Rehearsal) -> None:
    built = [
        event
        for name in ("sandbox-0", "sandbox-1")
        for event in told_rehearsal.events(name)
        if event["event"] == "built"
    ]
    # Once, under two clocks.
    assert [event["statuses"] for event in built] == [[0, 0]]


def test_spark_computed_on_its_workers(told_rehearsal: Rehearsal) -> None:
    logs = [told_rehearsal.log(f"spark-worker-{number}") for number in range(SPARK_WORKERS)]
    assert all(re.search(r"Executor app-\S+ finished", log) for log in logs)


def test_nothing_was_started_twice(told_rehearsal: Rehearsal) -> None:
    supervisor = told_rehearsal.cluster.supervisor
    starts = {name: supervisor[name].starts for name in supervisor.names}
    # A sandbox is one process for each build, under one that stays.
    assert set(starts.values()) == {1}, starts


def test_pods_wrote_nothing_but_what_they_may(told_rehearsal: Rehearsal) -> None:
    places = told_rehearsal.cluster.folder / "pods"
    written = {
        path.relative_to(places).parts[2]
        for path in places.rglob("*")
        if path.is_file() and path.stat().st_uid not in (0,)
    }
    assert written <= {"var-lib-market", "tmp"}
    assert Path(places).is_dir()


@pytest.mark.nightly
def test_faults_break_no_promise(told_rehearsal: Rehearsal) -> None:
    """The short form of `make drill`. The last test here: it leaves nothing as it was."""
    plan = make_plan(1, ONE_OF_EACH, faults=len(ONE_OF_EACH), burst=2, pace_seconds=12)
    record = Record(told_rehearsal.cluster.folder / "drill.jsonl", print)
    stream = Stream(jobs=3, at_once=3, settle_seconds=240)
    drill = Drill(told_rehearsal.story, told_rehearsal.cluster, stream, record)
    evidence = drill.run(plan)
    assert verdict(evidence) == ()
    # The story's own job was released before.
    assert sum(job.state == "released" for job in evidence.jobs) >= 2
    assert len(evidence.opened) >= 1
    assert [freeze.led for freeze in evidence.freezes] == [True]
