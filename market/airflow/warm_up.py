"""What Airflow does at first use, done before a buyer waits for it.

The api-server builds its interface for workers at the first call to it, and answers nobody for
those seconds; then every worker runs a task without work, and so does its imports.
"""

from __future__ import annotations

import secrets
import time

import httpx

from market.adapters.platform_secrets import SIGN_ON, rotated_secret
from market.airflow.addresses import WORKERS_HEALTH
from market.airflow.scheduler import AirflowScheduler
from market.errors import Unavailable
from market.settings import Settings

_BUILD_SECONDS = 120
_DAGS_SECONDS = 120
_POLL_SECONDS = 0.2


def warm_up(settings: Settings) -> None:
    """Have Airflow take one run for every worker. They overlap: a cold worker needs seconds.

    Raises:
        Unavailable: Airflow does not answer, or does not read its DAGs.
    """
    _build(settings.airflow_url)
    scheduler = AirflowScheduler(settings.airflow_url, rotated_secret(settings, SIGN_ON))
    deadline = time.monotonic() + _DAGS_SECONDS
    start = secrets.token_hex(4)
    try:
        for index in range(settings.airflow_parallelism):
            while not scheduler.warm_up(f"up__{start}__{index}"):
                if time.monotonic() > deadline:
                    raise Unavailable(
                        "warm-up-failed",
                        f"Airflow has not read its DAGs in {_DAGS_SECONDS} s.",
                        "Read the log airflow-dag-processor.log.",
                    )
                time.sleep(_POLL_SECONDS)
    finally:
        scheduler.close()


def _build(url: str) -> None:
    try:
        httpx.get(f"{url}{WORKERS_HEALTH}", timeout=_BUILD_SECONDS, trust_env=False)
    except httpx.HTTPError as error:
        raise Unavailable(
            "warm-up-failed",
            f"Airflow's api-server has not answered in {_BUILD_SECONDS} s.",
            "Read the log airflow-api-server.log.",
        ) from error
