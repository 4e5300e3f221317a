"""Airflow's processes: how each is started, and what Airflow's own health report calls it.

No triggerer runs, since nothing is deferred: a wait rests in Airflow's database.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from market.airflow.addresses import HEALTH, VERSION
from market.entities.overview import Part, Version
from market.settings import Settings


@dataclass(frozen=True, slots=True)
class Component:
    """`name` is the process's here; `command` what it is called by `market airflow` and Airflow."""

    name: str
    command: str
    health_name: str


API_SERVER = Component("airflow-api-server", "api-server", "metadatabase")
SCHEDULER = Component("airflow-scheduler", "scheduler", "scheduler")
DAG_PROCESSOR = Component("airflow-dag-processor", "dag-processor", "dag_processor")
COMPONENTS = (API_SERVER, SCHEDULER, DAG_PROCESSOR)

_TIMEOUT_SECONDS = 3
_HEALTHY = "healthy"


def arguments(component: Component, settings: Settings) -> tuple[str, ...]:
    """What follows `airflow`."""
    if component is SCHEDULER and not settings.airflow_log_port:
        # Logs are read from the disk by the api-server; nobody asks the scheduler for them.
        return (component.command, "--skip-serve-logs")
    return (component.command,)


def healthy_components(airflow_url: str) -> frozenset[str]:
    """The names of the processes that are fit for work, by Airflow's own report.

    Args:
        airflow_url: of the api-server. Where it does not answer, none is fit.
    """
    report = _asked(f"{airflow_url}{HEALTH}")
    return frozenset(
        component.name
        for component in COMPONENTS
        if report.get(component.health_name, {}).get("status") == _HEALTHY
    )


def parts_of_airflow(airflow_url: str) -> tuple[Part, ...]:
    """Airflow's processes as an operator is told of them, by one question."""
    healthy = healthy_components(airflow_url)
    return tuple(
        Part(one.name, one.name in healthy, "well" if one.name in healthy else "silent or not well")
        for one in COMPONENTS
    )


def version_of_airflow(airflow_url: str) -> Version:
    """The release that answers at the api-server's address; empty where none does."""
    return Version("Airflow", str(_asked(f"{airflow_url}{VERSION}").get("version", "")))


def _asked(url: str) -> dict[str, Any]:
    try:
        # Straight, whatever proxy the environment names: Airflow is the platform's own.
        answer = httpx.get(url, timeout=_TIMEOUT_SECONDS, trust_env=False)
        told = answer.json() if answer.is_success else {}
    except (httpx.HTTPError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}
