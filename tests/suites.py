"""Which suite a test belongs to. `make check` runs `unit`; `make test` all but `nightly`.

    servers     needs a real Postgres or a real S3 server
    processes   starts programs: git, sandboxes, command lines, Spark
    platform    needs the running platform, Airflow and all; they share one
    apart       starts a platform for itself; they run one after another (one_after_another)
    crashes     kills the product at every one of its writes
    stories     plays a whole market for seconds: portal, agent with its vault, command lines,
                a client that takes its time
    attacks     an attack on a whole market, and what becomes of it without the defence
    nightly     costs minutes, and asks once more, or of more examples, what a shorter test asks
                (tests/decisions/0002-what-runs-at-night.md); it is of the other suites besides
    unit        none of these: nothing but this process and its files

`servers` and `platform` follow from a test's fixtures and parameters, `apart`, `attacks` and the
agent's `stories` from their folders, `unit` from the absence of the others. The rest is said by the
test; a unit test that starts a process is refused, so `processes` cannot be forgotten.

Files of several suites run in the order of SLOWEST_FIRST: one that takes minutes and is begun last
would leave every other worker of a run without work.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from functools import cache
from pathlib import Path

import pytest

BY_FIXTURE = {
    "postgres": "servers",
    "s3_server": "servers",
    "running_platform": "platform",
    "told_demo": "platform",
}
BY_PARAMETER = {"postgres": "servers", "s3": "servers"}
"""Of tests over several adapters: their fixture asks for the server by the parameter's name."""
_TESTS = Path(__file__).parent
APART = "tests/end_to_end/apart"
BY_FOLDER = {
    _TESTS.parent / APART: "apart",
    _TESTS / "attacks": "attacks",
    _TESTS / "market" / "agent": "stories",
}
SAID = ("processes", "crashes", "stories", "nightly")
UNIT = "unit"
SLOWEST_FIRST = (
    *(
        "apart",
        "crashes",
        "attacks",
        "platform",
        "processes",
        "stories",
        "servers",
        UNIT,
        "nightly",
    ),
)
"""By how long a file of the suite may take. A file is of the first that one of its tests is of."""
KEPT_RUNNING = {"told_demo": 1, "running_platform": 2, "Airflow": 2}
"""Fixtures, and parameters of a fixture that asks for one, whose platform goes on running once it
is started, an Airflow at work in it, the first to its last test and the others to the end: files
that need none come first, then by number."""
_STARTS = frozenset({"subprocess.Popen", "os.posix_spawn", "os.fork", "os.forkpty", "os.exec"})
_running: list[pytest.Item] = []


def _fixtures(item: pytest.Item) -> set[str]:
    return set(getattr(item, "fixturenames", ()))


def _parameters(item: pytest.Item) -> set[str]:
    values = getattr(getattr(item, "callspec", None), "params", {}).values()
    return {value for value in values if isinstance(value, str)}


@cache
def _by_folder(path: Path) -> frozenset[str]:
    return frozenset(suite for folder, suite in BY_FOLDER.items() if folder in path.parents)


def suites_of(item: pytest.Item) -> set[str]:
    """The suites of a collected test; never empty."""
    fixtures, parameters = _fixtures(item), _parameters(item)
    found = {suite for fixture, suite in BY_FIXTURE.items() if fixture in fixtures}
    found |= {suite for name, suite in BY_PARAMETER.items() if name in parameters}
    found |= _by_folder(item.path)
    named = {*SAID, *BY_FIXTURE.values()}
    found |= {mark.name for mark in item.iter_markers() if mark.name in named}
    return found or {UNIT}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    suite: dict[Path, int] = {}
    kept: dict[Path, int] = {}
    for item in items:
        found = suites_of(item)
        for name in found:
            item.add_marker(name)
        rank = min(map(SLOWEST_FIRST.index, found))
        suite[item.path] = min(rank, suite.get(item.path, rank))
        needed = _fixtures(item) | _parameters(item)
        last = max((place for name, place in KEPT_RUNNING.items() if name in needed), default=0)
        kept[item.path] = max(last, kept.get(item.path, last))
    items.sort(key=lambda item: (suite[item.path], kept[item.path]))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    if item.get_closest_marker(UNIT):
        _running.append(item)
    try:
        return (yield)
    finally:
        _running.clear()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> Generator[None, object, object]:
    if nextitem is None:
        # Servers of the whole run are stopped now, whichever test happens to be the last.
        _running.clear()
    return (yield)


def _refuse_process(event: str, arguments: tuple[object, ...]) -> None:
    # At the end of everything both names are None.
    if _running and event in _STARTS:
        raise RuntimeError(
            f"{_running[-1].nodeid} starts a process ({event} {arguments[0]!r}): "
            "mark it `processes`"
        )


sys.addaudithook(_refuse_process)
