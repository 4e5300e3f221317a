"""Whoever of Airflow's processes writes logs clears them: its scheduler, and its DAG processor.

On one machine both have the same logs, in a cluster each has a disk of its own, which is small.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from threading import Thread
from typing import Any

from airflow.listeners import hookimpl
from airflow.plugins_manager import AirflowPlugin

from market.airflow.old_logs import clear_old_logs

PAUSE_SECONDS = 3_600
_FOLDER = "AIRFLOW__LOGGING__BASE_LOG_FOLDER"
_DAYS, _BYTES = "MARKET_AIRFLOW_LOG_DAYS", "MARKET_AIRFLOW_LOG_BYTES"


class LogKeeper:
    """Airflow calls it when a process begins (airflow.listeners.spec.lifecycle)."""

    @hookimpl  # type: ignore[untyped-decorator]
    def on_starting(self, component: Any) -> None:
        """Begin to keep the logs, where `component` is the job of a whole process, and no task."""
        # By its name: a task's process would load all of Airflow's tables for the class.
        if type(component).__name__ == "Job":
            Thread(target=_keep, name="log-keeper", daemon=True).start()


def _keep() -> None:
    while True:
        clear_old_logs(
            Path(os.environ[_FOLDER]),
            now=time.time(),
            keep_days=int(os.environ[_DAYS]),
            keep_bytes=int(os.environ[_BYTES]),
        )
        time.sleep(PAUSE_SECONDS)


class LogKeeperPlugin(AirflowPlugin):  # type: ignore[misc] # Airflow's classes are not checked
    """Has Airflow know the keeper."""

    name = "log_keeper"
    listeners = [LogKeeper()]  # noqa: RUF012
