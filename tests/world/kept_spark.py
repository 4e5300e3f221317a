"""`market spark` as a process of its own: it keeps the resident Spark application of a home."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from market.adapters.resident_spark import ask_state, is_kept
from market.processes.child import note_process
from market.processes.environment import platform_environment
from market.processes.status import RESIDENT
from market.settings import Settings
from world.waiting import eventually


@contextmanager
def kept_running(settings: Settings) -> Iterator[psutil.Process]:
    """The process that keeps the application, and everything below it ended afterwards."""
    logs = settings.home / "logs"
    for folder in (logs, settings.home / "run"):
        folder.mkdir(exist_ok=True)
    log = (logs / "spark.log").open("ab")
    keeper = subprocess.Popen(
        [sys.executable, "-P", "-m", "market.cli.main", "spark"],
        env=platform_environment(settings, os.environ),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    below = psutil.Process(keeper.pid)
    note_process(settings, RESIDENT, keeper.pid)
    try:
        eventually(lambda: is_kept(settings.home / "spark"))
        yield below
    finally:
        everyone = [below, *below.children(recursive=True)]
        for process in everyone:
            process.kill()
        psutil.wait_procs(everyone, timeout=20)
        keeper.wait()
        log.close()


def wait_until_it_answers(settings: Settings) -> None:
    """On a busy machine a start may take longer than a job waits for it."""
    eventually(lambda: ask_state(settings.home / "spark"))
