"""Strikes: what each kind of fault does to the processes of a rehearsal."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

import httpx
import psutil
from rehearsal.supervisor import Supervised

from drills.cluster import AGENT, SCHEDULER, DrilledCluster
from drills.evidence import Freeze
from drills.plan import Fault, Target

PORTALS: Final = ("portal-0", "portal-1")
_CHANCE_SECONDS: Final = 15
"""How long a fault waits for its moment: a step that runs, a release that is under way."""
_AGREED_SECONDS: Final = 30
_RELEASED: Final = b'"event": "released"'

TARGETS: Final = (
    *(Target("kill", portal, 10) for portal in PORTALS),
    Target("kill", "airflow-api-server", 6),
    Target("kill", SCHEDULER, 3),
    Target("kill", "airflow-dag-processor", 8),
    Target("kill", "spark-master", 4),
    *(Target("kill", f"spark-worker-{number}", 5) for number in range(2)),
    *(Target("kill", f"sandbox-{number}", 6) for number in range(2)),
    Target("kill", "relay", 6),
    Target("kill", "proxy", 7),
    Target("kill", "postgres", 2),
    Target("kill", AGENT, 8),
    Target("kill-mid-release", AGENT, 8),
    Target("kill-step", SCHEDULER, 7),
    Target("stop-database", "postgres", 3),
    Target("stop-store", "store", 4),
    Target("freeze", "portal", 4),
    Target("fill-disk", AGENT, 3),
    Target("fill-disk", SCHEDULER, 3),
)
"""Of the whole drill."""
ONE_OF_EACH: Final = (
    Target("kill", PORTALS[0]),
    Target("kill", "airflow-api-server"),
    Target("kill", "spark-master"),
    Target("kill", "sandbox-0"),
    Target("kill-mid-release", AGENT),
    Target("kill-step", SCHEDULER),
    Target("stop-database", "postgres"),
    Target("stop-store", "store"),
    Target("freeze", "portal"),
    Target("fill-disk", AGENT),
)
"""Of the short form: one of each kind."""


@dataclass
class Strikes:
    """Carries faults out."""

    cluster: DrilledCluster
    agent: Supervised
    freezes: list[Freeze] = field(default_factory=list)

    def strike(self, fault: Fault) -> str:
        """Returns when the fault is over: what it struck, or why it struck nothing."""
        return self._kinds()[fault.kind](fault)

    def _kinds(self) -> dict[str, Callable[[Fault], str]]:
        return {
            "kill": self._kill,
            "kill-mid-release": self._kill_mid_release,
            "kill-step": self._kill_step,
            "stop-database": self._stop_database,
            "stop-store": self._stop_store,
            "freeze": self._freeze,
            "fill-disk": self._fill,
        }

    def _kill(self, fault: Fault) -> str:
        struck = len(self.cluster.supervisor[fault.target].below())
        self.cluster.supervisor.kill(fault.target)
        return f"{struck} processes"

    def _kill_mid_release(self, fault: Fault) -> str:
        """Between the agent's commit and the reply that leaves with it."""
        with self.agent.log.open("rb") as log:
            log.seek(0, 2)
            met = _until(lambda: _RELEASED in log.read(), _CHANCE_SECONDS)
        self._kill(fault)
        return "after a commit" if met else "at rest"

    def _kill_step(self, fault: Fault) -> str:
        found: list[psutil.Process] = []

        def runs() -> bool:
            found[:] = _steps(self.cluster.supervisor[fault.target].below())
            return bool(found)

        if not _until(runs, _CHANCE_SECONDS):
            return "no step ran"
        with suppress(psutil.NoSuchProcess):
            told = found[0].cmdline()
            found[0].kill()
            return f"step {told[told.index('step') + 1]}"
        return "no step ran"

    def _stop_database(self, fault: Fault) -> str:
        # Immediate mode: no checkpoint, every connection is cut.
        self.cluster.supervisor.hold(fault.target, by=signal.SIGQUIT)
        time.sleep(fault.lasts_seconds)
        self.cluster.supervisor.release(fault.target)
        return "stopped at once, and started"

    def _stop_store(self, fault: Fault) -> str:
        self.cluster.store.stop()
        time.sleep(fault.lasts_seconds)
        self.cluster.store.start_again()
        return "stopped at once, and started"

    def _freeze(self, fault: Fault) -> str:
        # The fault before this one may have ended whoever led.
        _until(lambda: self._leading() == 1, _AGREED_SECONDS)
        leading = [name for name in PORTALS if self._leads(name)]
        asleep = (leading or list(PORTALS))[0]
        (other,) = set(PORTALS) - {asleep}
        self.cluster.supervisor.freeze(asleep)
        try:
            until = time.monotonic() + fault.lasts_seconds
            took = _until(lambda: self._leads(other), fault.lasts_seconds)
            time.sleep(max(0.0, until - time.monotonic()))
        finally:
            self.cluster.supervisor.thaw(asleep)
        # Between two rounds a portal that asks for the lead says for a moment that nobody has it.
        agreed = _until(lambda: self._leading() == 1, _AGREED_SECONDS)
        after = 1 if agreed else self._leading()
        self.freezes.append(Freeze(asleep, bool(leading), took, after))
        return f"{asleep}{' with the lead' if leading else ''}"

    def _fill(self, fault: Fault) -> str:
        disk = self.cluster.disks[fault.target]
        disk.fill()
        time.sleep(fault.lasts_seconds)
        disk.make_room()
        return "filled, and room made"

    def _leading(self) -> int:
        return sum(map(self._leads, PORTALS))

    def _leads(self, portal: str) -> bool:
        address = self.cluster.address_of(f"rehearsal-{portal}")
        with suppress(httpx.HTTPError, ValueError):
            answer = httpx.get(f"http://{address}:8420/healthz", timeout=2, trust_env=False)
            return answer.json().get("leads") is True
        return False


def _steps(processes: list[psutil.Process]) -> list[psutil.Process]:
    found = []
    for process in processes:
        with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            words = process.cmdline()
            if "market.cli.main" in words and "step" in words:
                found.append(process)
    return found


def _until(what: Callable[[], bool], patience_seconds: float) -> bool:
    """Whether it came to be so in time."""
    until = time.monotonic() + patience_seconds
    while not what():
        if time.monotonic() > until:
            return False
        time.sleep(0.1)
    return True
