"""The story in numbers: every opened value beside the truth."""

from __future__ import annotations

from dataclasses import dataclass

from market.demo.comparison import Line, number
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
        return [*_table(self.lines), "", said]


def _table(lines: tuple[Line, ...]) -> list[str]:
    heading = (
        f"{'statistic':<28}{'opened':>14}{'true':>14}{'± 95 %':>12}{'± promised':>24}{'rho':>10}"
    )
    rows = [heading, "-" * len(heading)]
    for line in lines:
        name = f"{line.statistic} {line.cell}".strip()
        rows.append(
            f"{name:<28}{number(line.opened):>14}{number(line.truth):>14}"
            f"{number(line.error_95):>12}{line.promised:>24}{line.rho:>10.6f}"
        )
    return rows
