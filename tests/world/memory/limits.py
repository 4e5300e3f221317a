"""Limits of one organisation, in a dictionary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from market.entities.limits import LimitName
from market.ports.people import People


@dataclass
class MemoryLimits:
    people: People
    kept: dict[str, dict[LimitName, int]] = field(default_factory=dict)

    def of(self, organisation: str) -> Mapping[LimitName, int]:
        return dict(self.kept.get(organisation, {}))

    def put(self, organisation: str, name: LimitName, most: int | None) -> None:
        self.people.organisation(organisation)
        own = self.kept.setdefault(organisation, {})
        own.pop(name, None)
        if most is not None:
            own[name] = most
