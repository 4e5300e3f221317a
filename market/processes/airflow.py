"""Airflow's processes, each as one command: this process becomes it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

from market.adapters.spark_command import dies_with_parent
from market.airflow import metadatabase
from market.airflow.components import SCHEDULER, Component, arguments
from market.airflow.worker_pods import check_worker_pods
from market.errors import Unavailable
from market.processes.environment import airflow_environment, worker_environment
from market.settings import Settings

_MIGRATE_SECONDS = 300


def become(settings: Settings, component: Component) -> None:
    """Be this process of Airflow's from now on; it does not return.

    Raises:
        Refused: `home-path`, `settings-invalid`, and what `market.adapters.platform_secrets` says
            of secrets.
        Unavailable: `kubernetes-missing`, `worker-template-missing`.
    """
    _prepare_home(settings)
    if component is SCHEDULER:
        check_worker_pods(settings)
    command = (sys.executable, "-P", "-m", "airflow", *arguments(component, settings))
    environment = airflow_environment(settings, os.environ)
    os.execve(command[0], command, environment)  # noqa: S606


def become_worker(settings: Settings, words: Sequence[str]) -> None:
    """Be what Airflow runs in a step's pod from now on; it does not return.

    Raises:
        Refused: `home-path`.
    """
    _prepare_home(settings)
    environment = worker_environment(settings, os.environ)
    os.execvpe(words[0], list(words), environment)  # noqa: S606


def migrate(settings: Settings) -> bool:
    """Make or migrate Airflow's database, once per version; what it says goes to standard output.
    True when there was need to.

    Raises:
        Refused: as `become`. Unavailable: `airflow-migration`: it failed, or took too long.
    """
    _prepare_home(settings)
    if metadatabase.is_migrated(settings):
        return False
    command = (sys.executable, "-P", "-m", "airflow", *metadatabase.MIGRATE)
    try:
        result = subprocess.run(
            [*dies_with_parent(), *command],
            stdin=subprocess.DEVNULL,
            env=airflow_environment(settings, os.environ),
            timeout=_MIGRATE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _failed(f"did not end within {_MIGRATE_SECONDS} s") from error
    if result.returncode != 0:
        raise _failed(f"ended with {result.returncode}")
    metadatabase.note_migrated(settings)
    return True


def _prepare_home(settings: Settings) -> None:
    metadatabase.require_plain_path(settings.home)
    metadatabase.airflow_home(settings.home).mkdir(mode=0o700, parents=True, exist_ok=True)


def _failed(what: str) -> Unavailable:
    return Unavailable(
        "airflow-migration",
        f"The migration of Airflow's database {what}.",
        "Read what it wrote above, mend it, and run it again: market airflow migrate.",
    )
