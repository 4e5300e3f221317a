"""Of `make test`'s workers, one takes all files of the tests that start a platform for themselves.

An Airflow is busy on two cores: several that start at once would all be slow, and two rehearsals
take the same addresses. All other files go each to the first worker that is free.
"""

from __future__ import annotations

import pytest
from suites import APART
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling


class Scheduling(LoadFileScheduling):
    """The files of the folder APART are one piece of work."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return APART if file.startswith(f"{APART}/") else file


@pytest.hookimpl(tryfirst=True, optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling | None:
    """Under `--dist loadfile`."""
    return Scheduling(config, log) if config.getvalue("dist") == "loadfile" else None
