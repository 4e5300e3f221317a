"""From opened moments back to what was asked, with errors. Post-processing: it costs no privacy.

Rules: a noisy count of 0 or less gives no mean; a number that noise carried out of its possible
range is given as the nearest end (market.plan.restated). Each says so in its note. Intervals are
of noise alone; what the owner clipped, and whom the table leaves out, is not in them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, count, islice
from typing import Final

from market.plan.balances import Cell, balances
from market.plan.combined import FromOpened
from market.plan.identities import agreeing, identities
from market.plan.lowered import Lowered, LoweredStatistic
from market.plan.plan import NoiseLaw, Plan
from market.plan.possible_sums import nearest_possible
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
    """Every statistic of a plan, from its opened sums by output id, in encoded value units.

    Sums of levels agree with their total, where both were opened: their errors become smaller by
    it (market.plan.identities). Where noise made some of them negative, the nearest that are
    possible together are given (market.plan.possible_sums).

    Raises:
        KeyError: a moment is missing.
    """
    raw = [numbers_of(one, moments) for one in lowered.statistics]
    agreed = agreed_numbers(lowered, moments, raw)
    cells = map(
        partial(_cell, lowered.plan),
        chain.from_iterable(raw),
        chain.from_iterable(agreed),
        _possible(agreed),
    )
    return tuple(
        Answer(
            one.named.name,
            one.named.statistic.tag,
            one.named.statistic.unit(lowered.schema),
            tuple(islice(cells, len(numbers))),
        )
        for one, numbers in zip(lowered.statistics, raw, strict=True)
    )


def numbers_of(one: LoweredStatistic, moments: Mapping[str, Uncertain]) -> tuple[Number, ...]:
    """All numbers of a statistic, with what each noise does to them (raises KeyError likewise)."""
    whole = zip(one.parts, one.sums, strict=True)
    return one.named.statistic.finish([_total(part, sums, moments) for part, sums in whole])


def agreed_numbers(
    lowered: Lowered, moments: Mapping[str, Uncertain], raw: Sequence[Sequence[Number]]
) -> list[Sequence[Number]]:
    """The numbers of every statistic, linear ones from sums among which the identities hold."""
    is_linear = [any(number.is_linear for number in numbers) for numbers in raw]
    known = identities(lowered.opened, lowered.schema) if any(is_linear) else []
    if not known:
        return list(raw)
    agreed = agreeing(moments, known)
    return [
        [
            other if number.is_linear else number
            for number, other in zip(numbers, numbers_of(one, agreed), strict=True)
        ]
        if linear
        else numbers
        for one, numbers, linear in zip(lowered.statistics, raw, is_linear, strict=True)
    ]


def _possible(agreed: Sequence[Sequence[Number]]) -> Iterator[float | None]:
    """Of every number the value that is possible together with others, where some of those that
    cannot be negative are; None where nothing but its own range is known of it."""
    places = count()
    sums = [list(_not_negative(numbers, places)) for numbers in agreed]
    values = {place: value for cells in sums for place, _, value in cells}
    found = dict[int, float]()
    if any(value.value < 0 for value in values.values()):
        found = nearest_possible(values, balances(sums))
    return map(found.get, range(next(places)))


def _not_negative(numbers: Sequence[Number], places: Iterator[int]) -> Iterator[Cell]:
    """Counts, and sums of what is not below 0."""
    for number, place in zip(numbers, places, strict=False):
        if number.is_linear and number.range.low == 0 and number.value is not None:
            yield place, number.labels, number.value


def sd_of(raw: Raw, law: NoiseLaw) -> float:
    """The standard deviation behind a raw number's error; 0 where it has none."""
    return (raw.error_95 or 0.0) / HALF_WIDTH[law]


def _cell(plan: Plan, number: Number, agreed: Number, value: float | None) -> AnswerCell:
    """A number as noise left it and as it agrees with others; and its value, if that is known."""
    if number.value is None or agreed.value is None:
        return AnswerCell(number.labels, None, None, None, None, Raw(None, None), number.note)
    half_width = HALF_WIDTH[plan.law]
    possible = number.range.times(len(plan.datasets)) if number.is_linear else number.range
    found = restated(agreed.value.value, half_width * agreed.value.sd, possible, value)
    return AnswerCell(
        number.labels,
        found.value,
        found.error_95,
        found.low,
        found.high,
        Raw(number.value.value, half_width * number.value.sd),
        " ".join(filter(None, (found.note, number.note))),
    )


def _total(part: Part, sums: Sequence[FromOpened], moments: Mapping[str, Uncertain]) -> Total:
    found = tuple(_sum(one, moments) for one in sums)
    return Total(part.labels, found, part.offset, part.edges, part.range)


def _sum(whole: FromOpened, moments: Mapping[str, Uncertain]) -> Uncertain:
    return weighted_sum((float(coefficient), moments[one.id]) for coefficient, one in whole)
