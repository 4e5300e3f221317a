"""The rehearsal with small disks: below the owner, and below Airflow's scheduler."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from rehearsal.cluster import Cluster

from drills.disk import SmallDisk
from market.demo.roles import Role

AGENT: Final = "agent"
SCHEDULER: Final = "airflow-scheduler"
DISK: Final = "/var/lib/market"
"""What a pod may write to, and keeps over restarts."""
_MEBIBYTES: Final = 64


@dataclass
class DrilledCluster(Cluster):
    """`disks` are those that can be filled, by who writes to them."""

    disks: dict[str, SmallDisk] = field(default_factory=dict)

    def start(self, platform: Role) -> None:
        """Every pod, until all are ready."""
        places = {
            AGENT: self.folder.parent / "owner",
            SCHEDULER: self.disk_of(f"rehearsal-{SCHEDULER}", DISK),
        }
        for name, place in places.items():
            place.mkdir(parents=True, exist_ok=True)
            self.disks[name] = SmallDisk.over(place, mebibytes=_MEBIBYTES)
        super().start(platform)

    def stop(self, platform: Role) -> None:
        """Everything that was started, then the disks; the agent does not run any more."""
        super().stop(platform)
        while self.disks:
            self.disks.popitem()[1].remove()
