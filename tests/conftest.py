"""Real servers, started once per process when a test first asks for one.

Suites are in suites.py. `make test` runs the tests of the running platform in one process, so that
they share one, beside all the others.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from world.passable import passable_folder

# Timings belong in benchmarks: a busy machine is not a failure.
hypothesis.settings.register_profile(
    "market", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("market")

# Workers and the processes that tests start would each compile every module again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

pytest_plugins = (
    "spared_collector",
    "suites",
    "one_after_another",
    "stretching",
    "compiled_pages",
    "left_open",
    "migrating",
    "servers.postgres",
    "servers.radosgw",
    "servers.airflow",
    "servers.demo",
)


@pytest.fixture
def passable_path() -> Iterator[Path]:
    """A folder that other accounts can pass through."""
    with passable_folder() as folder:
        yield folder
