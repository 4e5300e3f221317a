"""What a page of compared results shows: pure functions of opened results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from market.charts.chart import Chart, comparison_chart
from market.charts.theme import Theme
from market.client.results.compare_results import ComparedNumber, told
from market.client.results.opened_results import OpenedEntry
from market.plan.answers import label_text


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """One number of each result, with its error; `differs` None where that cannot be said."""

    label: str
    cells: tuple[str, ...]
    verdict: str
    differs: bool | None


@dataclass(frozen=True, slots=True)
class ComparedStatistic:
    """One statistic of every result that asked it."""

    name: str
    unit: str
    rows: tuple[ComparedRow, ...]
    numbers: tuple[ComparedNumber, ...]

    @property
    def differing(self) -> int:
        """How many of its numbers lie further apart than their noise explains."""
        return sum(row.differs is True for row in self.rows)


def compared_statistics(numbers: Sequence[ComparedNumber]) -> list[ComparedStatistic]:
    """The numbers by their statistic, in order."""
    return [
        ComparedStatistic(name, unit, tuple(map(_row, group)), tuple(group))
        for (name, unit), group in (
            (key, list(found)) for key, found in groupby(numbers, lambda one: (one.name, one.unit))
        )
    ]


def _row(one: ComparedNumber) -> ComparedRow:
    cells = tuple(map(told, one.cells))
    return ComparedRow(label_text(one.labels), cells, one.verdict, one.differs)


def chart_of_compared(
    jobs: Sequence[str], statistic: ComparedStatistic, *, theme: Theme
) -> Chart | None:
    """Its numbers, a mark for each job; None when noise left nothing to draw."""
    numbers = [
        (
            label_text(one.labels),
            [(job, cell) for job, cell in zip(jobs, one.cells, strict=True) if cell is not None],
        )
        for one in statistic.numbers
    ]
    return comparison_chart(statistic.name, statistic.unit, numbers, theme=theme)


def comparable(result: Mapping[str, Any], opened: Sequence[OpenedEntry]) -> list[OpenedEntry]:
    """Other results that have a statistic of this one's by its name, of the same datasets first."""
    names = {one["name"] for one in result["answers"]}
    datasets = tuple(one["dataset"] for one in result["datasets"])
    found = [one for one in opened if one.job != result["job"] and names & set(one.names)]
    return sorted(found, key=lambda one: one.datasets != datasets)
