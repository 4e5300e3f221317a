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

from market.errors import Refused
from market.plan.answers import Answer, AnswerCell

FEWEST_JOBS = 2


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
