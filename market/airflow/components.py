"""Airflow's processes: how each is started, and what Airflow's own health report calls it.

No triggerer runs, since nothing is deferred: a wait rests in Airflow's database.
"""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from market.airflow.addresses import HEALTH


@dataclass(frozen=True, slots=True)
class Component:
    """`name` is the process's here; `command` what follows `airflow`."""

    name: str
    command: tuple[str, ...]
    health_name: str


API_SERVER = Component("airflow-api-server", ("api-server",), "metadatabase")
COMPONENTS = (
    API_SERVER,
    # Logs are read from the disk by the api-server; nobody asks the scheduler for them.
    Component("airflow-scheduler", ("scheduler", "--skip-serve-logs"), "scheduler"),
    Component("airflow-dag-processor", ("dag-processor",), "dag_processor"),
)

_TIMEOUT_SECONDS = 3
_HEALTHY = "healthy"


def healthy_components(airflow_url: str) -> frozenset[str]:
    """The names of the processes that are fit for work, by Airflow's own report.

    Args:
        airflow_url: of the api-server. Where it does not answer, none is fit.
    """
    try:
        # Straight, whatever proxy the environment names: Airflow is the platform's own.
        answer = httpx.get(f"{airflow_url}{HEALTH}", timeout=_TIMEOUT_SECONDS, trust_env=False)
    except httpx.HTTPError:
        return frozenset()
    report = answer.json() if answer.is_success else {}
    return frozenset(
        component.name
        for component in COMPONENTS
        if report.get(component.health_name, {}).get("status") == _HEALTHY
    )
