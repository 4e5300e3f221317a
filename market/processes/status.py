"""What runs and what answers."""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from market.adapters.resident_spark import ResidentState, ask_state, is_kept
from market.adapters.spark_command import is_local
from market.airflow.components import API_SERVER, COMPONENTS, healthy_components
from market.processes.child import running
from market.settings import Settings

PORTAL = "portal"
RELAY = "relay"
NAMES = (PORTAL, *(component.name for component in COMPONENTS))
"""Of what always runs."""
PREPARING = "preparation"
"""Ends by itself; nothing waits for it."""
RESIDENT = "spark"
"""Keeps the resident Spark application; nothing but jobs waits for it, and these not for ever."""

_TIMEOUT_SECONDS = 3


def names(settings: Settings) -> tuple[str, ...]:
    """Of what `market up` starts and waits for, portal first: the relay where it is apart."""
    return (*NAMES, RELAY) if settings.relay_public_url else NAMES


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
    if _is_well(settings.portal_host, settings.portal_port):
        answering |= {PORTAL}
    if settings.relay_public_url and _is_well(settings.relay_host, settings.relay_port):
        answering |= {RELAY}
    urls = {
        PORTAL: settings.portal_url,
        API_SERVER.name: settings.airflow_url,
        RELAY: settings.relay_url,
    }
    pids = {name: running(settings, name) for name in names(settings)}
    return tuple(
        # Another program may answer at an address of ours: only what runs counts.
        Part(name, pids[name], pids[name] is not None and name in answering, urls.get(name, ""))
        for name in pids
    )


@dataclass(frozen=True, slots=True)
class Resident:
    """The resident Spark application, and what keeps it.

    Attributes:
        pid: the process that keeps it; None when there is none.
        is_kept: jobs wait for it, though it may not answer yet. What keeps it leaves one alone
            for a while that died young again and again.
        state: what it says of itself; None when it does not answer.
    """

    pid: int | None
    is_kept: bool
    state: ResidentState | None


def resident(settings: Settings) -> Resident | None:
    """None on a cluster, where each job has an application of its own."""
    if not is_local(settings.spark_master):
        return None
    directory = settings.home.resolve() / "spark"
    if (pid := running(settings, RESIDENT)) is None:
        return Resident(None, is_kept=False, state=None)
    return Resident(pid, is_kept(directory), ask_state(directory))


def _is_well(host: str, port: int) -> bool:
    url = f"http://{host}:{port}/healthz"
    try:
        # Straight, whatever proxy the environment names: it is a process of this machine.
        return httpx.get(url, timeout=_TIMEOUT_SECONDS, trust_env=False).is_success
    except httpx.HTTPError:
        # No answer is an answer here: it is not up.
        return False
