"""From opened moments back to what was asked, with errors. Post-processing: it costs no privacy.

Rules: a noisy count of 0 or less gives no mean, and a noisy spread below 0 is reported as 0; each
says so in its note, with what to do. `error_95` is half the width of a 95 % interval from noise
alone; what the owner clipped, and whom the table leaves out, is not in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from market.plan.factors import moment_id
from market.plan.lowered import Lowered, LoweredStatistic
from market.plan.plan import NoiseLaw
from market.plan.polynomial import Combination
from market.plan.statistics.contract import Labels, Number, Part, Total
from market.plan.uncertain import Uncertain, weighted_sum

HALF_WIDTH: Final[dict[NoiseLaw, float]] = {"gaussian": 1.959964, "laplace": 2.118296}
"""Half-width of the two-sided 95 % interval in standard deviations: normal, and Laplace
(ln 20 / sqrt 2), which also covers sums of several Laplace noises."""


@dataclass(frozen=True, slots=True)
class AnswerCell:
    """One number; `value` is None when noise left nothing to give, and the note says why."""

    labels: Labels
    value: float | None
    error_95: float | None
    note: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What was asked under a name: one cell, or one for each level of the keys."""

    name: str
    kind: str
    unit: str
    cells: tuple[AnswerCell, ...]


def label_text(labels: Sequence[str]) -> str:
    """The labels of a cell as one line: `female, good`."""
    return ", ".join(labels)


def answers(lowered: Lowered, moments: Mapping[str, Uncertain]) -> tuple[Answer, ...]:
    """Every statistic of a plan, from its moments by output id, in encoded value units.

    Raises:
        KeyError: a moment is missing.
    """
    return tuple(_answered(one, lowered, moments) for one in lowered.statistics)


def numbers_of(one: LoweredStatistic, moments: Mapping[str, Uncertain]) -> tuple[Number, ...]:
    """All numbers of a statistic, with what each noise does to them (raises KeyError likewise)."""
    return one.named.statistic.finish([_total(part, moments) for part in one.parts])


def _answered(one: LoweredStatistic, lowered: Lowered, moments: Mapping[str, Uncertain]) -> Answer:
    statistic, numbers = one.named.statistic, numbers_of(one, moments)
    return Answer(
        one.named.name,
        statistic.tag,
        statistic.unit(lowered.schema),
        tuple(_cell(number, lowered.plan.law) for number in numbers),
    )


def sd_of(cell: AnswerCell, law: NoiseLaw) -> float:
    """The standard deviation behind a cell's error; 0 where it has none."""
    return (cell.error_95 or 0.0) / HALF_WIDTH[law]


def _cell(number: Number, law: NoiseLaw) -> AnswerCell:
    if number.value is None:
        return AnswerCell(number.labels, None, None, number.note)
    error_95 = HALF_WIDTH[law] * number.value.sd
    return AnswerCell(number.labels, number.value.value, error_95, number.note)


def _total(part: Part, moments: Mapping[str, Uncertain]) -> Total:
    sums = tuple(_sum(one, moments) for one in part.sums)
    return Total(part.labels, sums, part.offset, part.edges)


def _sum(combination: Combination, moments: Mapping[str, Uncertain]) -> Uncertain:
    return weighted_sum(
        (float(coefficient), moments[moment_id(moment)])
        for moment, coefficient in combination.items()
    )
