"""Airflow's options that promises rest on, and that its own defaults would not keep."""

from __future__ import annotations

from pathlib import Path

from market.airflow.environment import airflow_options
from market.settings import Settings

LONGEST_SECONDS = 90
_DETECTION_SECONDS = 10
"""Between two looks of the scheduler for tasks that no longer report; Airflow's own default."""
_DEAD_SECONDS = 30
"""How long a scheduler says nothing before another takes it for dead; likewise."""


def test_what_a_killed_process_had_begun_is_missed_soon(tmp_path: Path) -> None:
    options = airflow_options(Settings(home=tmp_path), Path("/dags"))
    silent = int(options["AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT"])
    orphaned = int(options["AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL"])
    assert silent + _DETECTION_SECONDS <= LONGEST_SECONDS
    assert orphaned + _DEAD_SECONDS <= LONGEST_SECONDS


def test_worker_reports_often_enough_not_to_be_missed(tmp_path: Path) -> None:
    options = airflow_options(Settings(home=tmp_path), Path("/dags"))
    silent = int(options["AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT"])
    assert 10 * int(options["AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL"]) <= silent
