"""Start what is not running and wait until all of it answers. Doing it again does no harm."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack

from market.adapters.file_lock import sole_holder
from market.adapters.platform_secrets import make_secrets
from market.adapters.spark_command import dies_with_parent, is_local
from market.adapters.stores.opening import prepare_store
from market.airflow import metadatabase
from market.airflow.components import API_SERVER, COMPONENTS
from market.airflow.warm_up import warm_up
from market.database.migrate import bring_up_to_date
from market.database.revision import NEWEST, revision_at
from market.errors import Conflict, Refused, Unavailable
from market.processes.child import (
    STOP_SECONDS,
    Child,
    log_path,
    log_tail,
    running,
    start_child,
    stop_children,
)
from market.processes.environment import platform_environment
from market.processes.status import (
    PORTAL,
    PREPARING,
    RELAY,
    RESIDENT,
    names,
    status,
)
from market.settings import Settings

READY_SECONDS = 300
_MIGRATION = "airflow-migrate"
_POLL_SECONDS = 0.25
_PORTS = {PORTAL: "portal_port", API_SERVER.name: "airflow_port", RELAY: "relay_port"}

Progress = Callable[[str], None]


def start(settings: Settings, progress: Progress) -> None:
    """Bring the platform up: returns when the portal and Airflow answer.

    Raises:
        Conflict: `platform-starting`: another process brings this home's platform up.
        Refused: `home-path` for a home that Airflow would look for in another place;
            `port-taken` when another program listens on one of the ports;
            `store-overwrites`, `store-credentials` for an object store that is not fit for use;
            `database-version` when what runs is on other tables than this release's,
            `database-in-use` when these cannot be changed for somebody else who has them open.
        Unavailable: `start-failed` with the end of the log of what did not come up, or
            `warm-up-failed`; what this call started is stopped again.
    """
    metadatabase.require_plain_path(settings.home)
    _make_home(settings)
    with sole_holder(settings.home / "run" / "up.lock", _starting(settings)):
        _start(settings, progress)


def _start(settings: Settings, progress: Progress) -> None:
    absent = [child for child in children(settings) if running(settings, child.name) is None]
    if any(child.name == PORTAL for child in absent):
        prepare_store(settings.store_description, now=int(time.time()))
    _check_ports(settings, [child.name for child in absent])
    _migrate_platform(settings, progress)
    started: list[str] = []

    def begin(child: Child) -> None:
        start_child(settings, child)
        started.append(child.name)

    with ExitStack() as undo:
        # Also when a person gives up waiting: what this call started does not stay behind.
        undo.callback(lambda: stop_children(settings, tuple(started)))
        # While Airflow's database is made there is a core to spare.
        making_ready = _making_spark_ready(settings)
        if running(settings, making_ready.name) is None:
            begin(making_ready)
        for child in absent:
            if child.name not in (PORTAL, RELAY) and _migrate_airflow(settings):
                progress("Prepared Airflow's database")
            progress(f"Starting {child.name}")
            begin(child)
        _wait_until_ready(settings, progress)
        if absent:
            # Answering is not enough: who submits now must not meet a server still at its imports.
            warm_up(settings)
            progress("Airflow takes runs")
        undo.pop_all()


def children(settings: Settings) -> tuple[Child, ...]:
    """The processes, portal first."""
    environment = platform_environment(settings, os.environ)
    # It is killed with the others: it has to have closed its database by then.
    hurried = environment | {"MARKET_RELAY_GRACE_SECONDS": str(STOP_SECONDS // 2)}
    relays = [Child(RELAY, _command("relay"), hurried)] if settings.relay_public_url else []
    return (
        Child(PORTAL, _command("serve"), environment),
        *relays,
        *(Child(part.name, _command("airflow", part.command), environment) for part in COMPONENTS),
    )


def _command(*words: str) -> tuple[str, ...]:
    return (sys.executable, "-P", "-m", "market.cli.main", *words)


def _starting(settings: Settings) -> Conflict:
    return Conflict(
        "platform-starting",
        f"Another `market up` works on {settings.home}.",
        "Wait until it has ended; market status shows what runs.",
    )


def _making_spark_ready(settings: Settings) -> Child:
    """A resident application for local workers; for a cluster what makes the starts quick."""
    name = RESIDENT if is_local(settings.spark_master) else PREPARING
    return Child(name, _command("spark"), platform_environment(settings, os.environ))


def _make_home(settings: Settings) -> None:
    home = settings.home
    for folder in (home / "run", home / "logs", metadatabase.airflow_home(home)):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    make_secrets(settings)


def _check_ports(settings: Settings, names: list[str]) -> None:
    places = {
        PORTAL: (settings.portal_host, settings.portal_port),
        API_SERVER.name: (settings.airflow_listens_at, settings.airflow_port),
        RELAY: (settings.relay_host, settings.relay_port),
    }
    for name, (host, port) in places.items():
        if name in names and _is_taken(host, port):
            raise Refused(
                "port-taken",
                f"Another program listens on {host}:{port}, meant for {name}.",
                f"Stop it, or set {_PORTS[name]} in {settings.home / 'market.toml'}.",
            )


def _is_taken(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return True
    return False


def _migrate_platform(settings: Settings, progress: Progress) -> None:
    """Before anything serves; a platform that runs is on this release's tables, or is refused."""
    url = settings.platform_database_url
    seen = revision_at(url)
    if seen == NEWEST["platform"]:
        return
    serving = [name for name in names(settings) if running(settings, name) is not None]
    if serving:
        raise Refused(
            "database-version",
            f"{', '.join(serving)} runs over tables of revision {seen or 'none'}, expected "
            f"{NEWEST['platform']}.",
            "Stop it first: `market down`, a backup of the database, `market up`.",
        )
    progress(str(bring_up_to_date(url, "platform")))


def _migrate_airflow(settings: Settings) -> bool:
    """Create or migrate Airflow's database, once per version. True when there was need to."""
    if metadatabase.is_migrated(settings):
        return False
    with log_path(settings, _MIGRATION).open("ab") as log:
        result = subprocess.run(
            [*dies_with_parent(), *_command("airflow", "migrate")],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=platform_environment(settings, os.environ),
            check=False,
        )
    if result.returncode != 0:
        raise _failed(settings, _MIGRATION, f"ended with {result.returncode}")
    return True


def _wait_until_ready(settings: Settings, progress: Progress) -> None:
    deadline = time.monotonic() + READY_SECONDS
    answered: set[str] = set()
    while True:
        for name in names(settings):
            if running(settings, name) is None:
                raise _failed(settings, name, "has ended")
        parts = {part.name: part.answers for part in status(settings)}
        for name in sorted(parts):
            if parts[name] and name not in answered:
                answered.add(name)
                progress(f"{name} is ready")
        if all(parts.values()):
            return
        if time.monotonic() > deadline:
            silent = next(name for name in names(settings) if not parts[name])
            raise _failed(settings, silent, f"did not answer within {READY_SECONDS} s")
        time.sleep(_POLL_SECONDS)


def _failed(settings: Settings, name: str, what: str) -> Unavailable:
    return Unavailable(
        "start-failed",
        f"{name} {what}. The end of its log:\n{log_tail(settings, name)}",
        f"Read {log_path(settings, name)}, mend what it says, start again.",
    )
