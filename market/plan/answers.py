"""From opened moments back to what was asked, with errors. Post-processing: it costs no privacy.

Rules: a noisy count of 0 or less gives no mean; a number that noise carried out of its possible
range is given as the nearest end (market.plan.restated). Each says so in its note. Intervals are
of noise alone; what the owner clipped, and whom the table leaves out, is not in them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from market.plan.factors import moment_id
from market.plan.lowered import Lowered, LoweredStatistic
from market.plan.plan import NoiseLaw, Plan
from market.plan.polynomial import Combination
from market.plan.restated import restated
from market.plan.statistics.contract import Labels, Number, Part, Total
from market.plan.uncertain import Uncertain, weighted_sum

HALF_WIDTH: Final[dict[NoiseLaw, float]] = {"gaussian": 1.959964, "laplace": 2.118296}
"""Half-width of the two-sided 95 % interval in standard deviations: normal, and Laplace
(ln 20 / sqrt 2), which also covers sums of several Laplace noises."""


@dataclass(frozen=True, slots=True)
class Raw:
    """A number as noise left it, wherever that is, with half the width of its 95 % interval."""

    value: float | None
    error_95: float | None


@dataclass(frozen=True, slots=True)
class AnswerCell:
    """One number; `value` and errors are None when noise left nothing to give, and the note says
    why.

    Attributes:
        value: inside its possible range.
        error_95: how far the 95 % interval reaches from the value, on its longer side.
        low, high: the interval, inside the possible range.
        raw: for who computes on: its errors are even, and it is right on average.
    """

    labels: Labels
    value: float | None
    error_95: float | None
    low: float | None
    high: float | None
    raw: Raw
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
        tuple(_cell(number, lowered.plan) for number in numbers),
    )


def sd_of(raw: Raw, law: NoiseLaw) -> float:
    """The standard deviation behind a raw number's error; 0 where it has none."""
    return (raw.error_95 or 0.0) / HALF_WIDTH[law]


def _cell(number: Number, plan: Plan) -> AnswerCell:
    if number.value is None:
        return AnswerCell(number.labels, None, None, None, None, Raw(None, None), number.note)
    value, half_width = number.value.value, HALF_WIDTH[plan.law] * number.value.sd
    possible = number.range.times(len(plan.datasets)) if number.is_linear else number.range
    found = restated(value, half_width, possible)
    return AnswerCell(
        number.labels,
        found.value,
        found.error_95,
        found.low,
        found.high,
        Raw(value, half_width),
        " ".join(filter(None, (found.note, number.note))),
    )


def _total(part: Part, moments: Mapping[str, Uncertain]) -> Total:
    sums = tuple(_sum(one, moments) for one in part.sums)
    return Total(part.labels, sums, part.offset, part.edges, part.range)


def _sum(combination: Combination, moments: Mapping[str, Uncertain]) -> Uncertain:
    return weighted_sum(
        (float(coefficient), moments[moment_id(moment)])
        for moment, coefficient in combination.items()
    )
