"""The demo's stories, each told once: every part is real, what is opened is opened and kept.

The one that is left running ends with the last test that asks for it, not with the run: its Airflow
takes a seventh of a core while nobody asks it for anything.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from servers.airflow import free_port

from market.demo.catalogue.story import CatalogueStory
from market.demo.consortium.story import ConsortiumStory
from market.demo.hosting import OneMachine
from market.demo.roles import ROOT
from market.demo.stage import Stage

_STORY_SECONDS = 900
_LEFT_RUNNING = "told_demo"
_last_asking: list[pytest.Item] = []
_running = ExitStack()


@dataclass(frozen=True)
class ToldDemo:
    """What a story leaves behind. `stage` gives its roles."""

    folder: Path
    stage: Stage
    report: dict[str, Any]

    @property
    def platform_database(self) -> Path:
        return self.folder / "platform" / "portal.db"

    def agent_database(self, role: str) -> Path:
        """Of whoever runs an agent."""
        return self.folder / role / "agent" / "agent.db"

    def rows(self, database: Path, query: str) -> list[tuple[Any, ...]]:
        """Read one of its SQLite databases."""
        with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
            return connection.execute(query).fetchall()


@pytest.fixture(scope="session")
def told_demo() -> Iterator[ToldDemo]:
    """As `make demo KEEP=1` leaves it, running."""
    with _running:
        yield _running.enter_context(_told(CatalogueStory, "catalogue", "--keep"))


@pytest.fixture(scope="session")
def told_consortium() -> Iterator[ToldDemo]:
    """As `make demo-consortium` leaves it: everything has stopped."""
    with _told(ConsortiumStory, "consortium") as told:
        yield told


@contextmanager
def _told(
    story: type[CatalogueStory | ConsortiumStory], name: str, *options: str
) -> Iterator[ToldDemo]:
    # Not under pytest's private folder: other accounts must be able to reach their homes.
    folder = ROOT / "build" / f"{name}-of-tests-{free_port()}"
    portal, airflow = free_port(), free_port()
    command = [sys.executable, "-m", "market.demo", name, "--folder", str(folder)]
    ports = ["--portal-port", str(portal), "--airflow-port", str(airflow)]
    stage = story(folder, OneMachine(portal, airflow), lambda _text: None).stage
    try:
        told = subprocess.run(
            [*command, *ports, *options],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=_STORY_SECONDS,
            check=False,
        )
        assert told.returncode == 0, told.stdout[-3_000:] + told.stderr[-3_000:]
        yield ToldDemo(folder, stage, json.loads((folder / "report.json").read_text()))
    finally:
        stage.stop()
        subprocess.run(["rm", "-rf", str(folder)], check=True)


@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    asking = [one for one in session.items if _LEFT_RUNNING in getattr(one, "fixturenames", ())]
    _last_asking[:] = asking[-1:]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    try:
        return (yield)
    finally:
        if item in _last_asking:
            _running.close()
