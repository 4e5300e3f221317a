"""What runs and what answers."""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from market.airflow.components import API_SERVER, COMPONENTS, healthy_components
from market.processes.child import running
from market.settings import Settings

PORTAL = "portal"
NAMES = (PORTAL, *(component.name for component in COMPONENTS))
PREPARING = "preparation"
"""Ends by itself; nothing waits for it."""
RESIDENT = "spark"
"""Keeps the resident Spark application; nothing but jobs waits for it, and these not for ever."""

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
    answering = healthy_components(settings.airflow_url)
    if _portal_answers(settings):
        answering |= {PORTAL}
    urls = {PORTAL: settings.portal_url, API_SERVER.name: settings.airflow_url}
    pids = {name: running(settings, name) for name in NAMES}
    return tuple(
        # Another program may answer at an address of ours: only what runs counts.
        Part(name, pids[name], pids[name] is not None and name in answering, urls.get(name, ""))
        for name in NAMES
    )


def _portal_answers(settings: Settings) -> bool:
    url = f"http://{settings.portal_host}:{settings.portal_port}/healthz"
    try:
        # Straight, whatever proxy the environment names: it is a process of this machine.
        return httpx.get(url, timeout=_TIMEOUT_SECONDS, trust_env=False).is_success
    except httpx.HTTPError:
        # No answer is an answer here: the portal is not up.
        return False
