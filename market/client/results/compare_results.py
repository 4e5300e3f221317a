"""Answers of several jobs side by side: the same statistic, and whether it differs beyond noise.

Numbers are compared as noise left them: cut to what is possible, two of them could agree at the
edge. Two differ when they lie further apart than 95 % of all pairs of equal truths would, each with
its own noise. So of twenty numbers that did not change one is said to differ, on average.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from market.client.results.opened_answers import cell_json
from market.errors import Refused
from market.pages.words import half_width, number
from market.plan.answers import Answer, AnswerCell

FEWEST_JOBS = 2
_VERDICTS = {True: "differ beyond noise", False: "the same, within noise", None: ""}


@dataclass(frozen=True, slots=True)
class ComparedNumber:
    """One number of each job.

    Attributes:
        cells: in the order of the jobs; None where a job did not ask it so.
        differs: any two of them, beyond their noise; None where fewer than two have a value.
    """

    name: str
    unit: str
    labels: tuple[str, ...]
    cells: tuple[AnswerCell | None, ...]
    differs: bool | None

    @property
    def verdict(self) -> str:
        """Whether it differs, in words; empty where that cannot be said."""
        return _VERDICTS[self.differs]

    def to_json(self) -> dict[str, object]:
        """As programs read it."""
        return {
            "name": self.name,
            "unit": self.unit,
            "labels": list(self.labels),
            "cells": [None if cell is None else cell_json(cell) for cell in self.cells],
            "differs": self.differs,
        }


def told(cell: AnswerCell | None) -> str:
    """A job's number with its error; or that the job did not ask it."""
    if cell is None:
        return "not asked"
    return f"{number(cell.value)} ± {half_width(cell.error_95)}" if cell.value is not None else "—"


def comparison_json(
    jobs: Sequence[str], labels: Sequence[str], numbers: Sequence[ComparedNumber]
) -> dict[str, object]:
    """A comparison as programs read it; `labels` are what people call the jobs."""
    return {
        "jobs": list(jobs),
        "labels": list(labels),
        "numbers": [one.to_json() for one in numbers],
    }


def compared(jobs: Sequence[tuple[str, Sequence[Answer]]]) -> tuple[ComparedNumber, ...]:
    """Every number that two of the jobs or more have: of one name, kind, unit and labels.

    Args:
        jobs: ids and answers.

    Raises:
        Refused: `compare-few` for fewer than two jobs; `compare-nothing` when no two of them asked
            the same.
    """
    if len({job for job, _ in jobs}) < max(len(jobs), FEWEST_JOBS):
        raise Refused(
            "compare-few",
            f"{len({job for job, _ in jobs})} of the jobs to compare are different ones, expected "
            "two or more, each named once.",
            "Name them: market jobs lists yours.",
        )
    found = dict[tuple[str, str, str, tuple[str, ...]], dict[int, AnswerCell]]()
    for place, (_, answers) in enumerate(jobs):
        for answer in answers:
            for cell in answer.cells:
                key = (answer.name, answer.kind, answer.unit, cell.labels)
                found.setdefault(key, {})[place] = cell
    numbers = tuple(
        ComparedNumber(name, unit, labels, tuple(map(cells.get, range(len(jobs)))), _differs(cells))
        for (name, _, unit, labels), cells in found.items()
        if len(cells) > 1
    )
    if not numbers:
        raise Refused(
            "compare-nothing",
            "No two of these jobs ask the same statistic under the same name.",
            "Give what is to be compared one name in both programs.",
        )
    return numbers


def _differs(cells: dict[int, AnswerCell]) -> bool | None:
    known = [
        (cell.raw.value, cell.raw.error_95 or 0.0)
        for cell in cells.values()
        if cell.raw.value is not None
    ]
    if len(known) < FEWEST_JOBS:
        return None
    return any(
        abs(one - other) > math.hypot(error, others)
        for (one, error), (other, others) in combinations(known, 2)
    )
