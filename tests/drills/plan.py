"""Which fault strikes what, and when: a frozen value that follows from a seed. Pure."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

Kind = (
    Literal["kill", "kill-mid-release", "kill-step", "stop-database", "stop-store"]
    | Literal["freeze", "fill-disk"]
)

KILLS: Final[frozenset[str]] = frozenset(
    {"kill", "kill-mid-release", "kill-step", "stop-database", "stop-store"}
)
"""Those that end a process."""
_LASTS_SECONDS: Final[Mapping[str, tuple[float, float]]] = {
    "kill": (0, 0),
    "kill-mid-release": (0, 0),
    "kill-step": (0, 0),
    "stop-database": (1, 4),
    "stop-store": (1, 5),
    "freeze": (17, 22),
    "fill-disk": (5, 10),
}
"""How long each lasts, at least and at most. A freeze is longer than the lease of housekeeping."""
_JITTER: Final = 0.25
"""The share of the time between two bursts by which one may be late."""
_APART_SECONDS: Final = 2.0
"""How far apart the faults of a burst are at most."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a kind of fault may strike; `weight` is how often, beside all others."""

    kind: Kind
    name: str
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Fault:
    """Strikes `after_seconds` from the beginning, and lasts `lasts_seconds`."""

    number: int
    after_seconds: float
    kind: Kind
    target: str
    lasts_seconds: float


@dataclass(frozen=True, slots=True)
class DrillPlan:
    """All faults of a drill, in the order in which they strike."""

    seed: int
    faults: tuple[Fault, ...]

    @property
    def kills(self) -> int:
        """How many of them end a process."""
        return sum(fault.kind in KILLS for fault in self.faults)


def make_plan(
    seed: int, targets: tuple[Target, ...], *, faults: int, burst: int, pace_seconds: float
) -> DrillPlan:
    """A plan of so many faults, in bursts: what dies together has nobody left to lean on, and what
    is left in peace between two bursts has to recover.

    Every target is struck at least once, and as often as its weight says.

    Args:
        burst: faults in each burst.
        pace_seconds: from one burst to the next.

    Raises:
        ValueError: there are fewer faults than targets.
    """
    chosen = list(_shares(targets, faults))
    dice = random.Random(seed)  # noqa: S311 - a drill is repeated by its seed
    dice.shuffle(chosen)
    planned, after = [], 0.0
    for number, target in enumerate(chosen):
        if number % burst == 0:
            after = (number // burst + dice.uniform(0, _JITTER)) * pace_seconds
        lasts = round(dice.uniform(*_LASTS_SECONDS[target.kind]), 1)
        planned.append(Fault(number, round(after, 1), target.kind, target.name, lasts))
        after += dice.uniform(0, _APART_SECONDS)
    return DrillPlan(seed, tuple(planned))


def _shares(targets: tuple[Target, ...], faults: int) -> Iterator[Target]:
    """Each target once, then the rest by weight, what is due most first (D'Hondt)."""
    if faults < len(targets):
        raise ValueError(f"{faults} faults for {len(targets)} targets, expected one each at least")
    times = dict.fromkeys(targets, 1)
    for _ in range(faults - len(targets)):
        times[max(targets, key=lambda one: one.weight / (times[one] + 1))] += 1
    for target, count in times.items():
        yield from [target] * count
