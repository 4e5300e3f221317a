"""The story in numbers: every opened value beside the truth."""

from __future__ import annotations

from dataclasses import dataclass

from market.demo.comparison import Line, table_of
from market.demo.report import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueReport(Report):
    """One job, opened; `build/demo/report.json` holds the same."""

    job: str
    epsilon: str
    delta: str
    rho: float
    lines: tuple[Line, ...]

    def numbers(self) -> list[str]:
        """See Report."""
        said = f"The job: epsilon {self.epsilon} at delta {self.delta}, rho {self.rho:.6f}"
        return [*table_of(self.lines), "", said]
