"""A clock of a test's own."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class ManualClock:
    """Time that passes only by sleeping."""

    at: float
    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += seconds
        self.slept.append(self.at)
