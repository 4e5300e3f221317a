"""What runs and what answers."""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from market.processes.child import running
from market.settings import Settings

PORTAL = "portal"
AIRFLOW = ("airflow-api-server", "airflow-scheduler", "airflow-dag-processor")
NAMES = (PORTAL, *AIRFLOW)
PREPARING = "preparation"
"""Ends by itself; nothing waits for it."""

_TIMEOUT_SECONDS = 3


@dataclass(frozen=True, slots=True)
class Part:
    """`pid` is None when it does not run; `answers` whether it is fit for work."""

    name: str
    pid: int | None
    answers: bool
    url: str


def status(settings: Settings) -> tuple[Part, ...]:
    """All parts, portal first."""
    health = _airflow_health(settings)
    healthy = {
        PORTAL: _portal_answers(settings),
        "airflow-api-server": health.get("metadatabase") == "healthy",
        "airflow-scheduler": health.get("scheduler") == "healthy",
        "airflow-dag-processor": health.get("dag_processor") == "healthy",
    }
    urls = {PORTAL: settings.portal_url, "airflow-api-server": settings.airflow_url}
    pids = {name: running(settings, name) for name in NAMES}
    return tuple(
        Part(name, pids[name], pids[name] is not None and healthy[name], urls.get(name, ""))
        for name in NAMES
    )


def _portal_answers(settings: Settings) -> bool:
    url = f"http://{settings.portal_host}:{settings.portal_port}/healthz"
    answer = _get(url)
    return answer is not None and answer.is_success


def _airflow_health(settings: Settings) -> dict[str, str]:
    answer = _get(f"{settings.airflow_url}/api/v2/monitor/health")
    if answer is None or not answer.is_success:
        return {}
    return {
        name: str(part.get("status"))
        for name, part in answer.json().items()
        if isinstance(part, dict)
    }


def _get(url: str) -> httpx.Response | None:
    """Straight, whatever proxy the environment names: these are processes of this machine."""
    try:
        return httpx.get(url, timeout=_TIMEOUT_SECONDS, trust_env=False)
    except httpx.HTTPError:
        # No answer is an answer here: the part is not up.
        return None
