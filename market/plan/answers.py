"""From opened moments back to what was asked, with errors. Post-processing: it costs no privacy.

Rules: a noisy count of 0 or less gives no mean, and a noisy spread below 0 is reported as 0; each
says so in its note, with what to do. `error_95` is half the width of a 95 % interval from noise
alone; what the owner clipped, and whom the table leaves out, is not in it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from crypto.parameters import AGG, Parameters
from market.plan.factors import moment_id
from market.plan.plan import NamedStatistic, NoiseLaw, Plan
from market.plan.polynomial import Combination
from market.plan.schema import Schema
from market.plan.statistics.contract import Number, Part, Total
from market.plan.uncertain import Uncertain, exact, measured

# Half-width of the two-sided 95 % interval in standard deviations: normal, and Laplace
# (ln 20 / sqrt 2), which also covers sums of several Laplace noises.
_HALF_WIDTH: dict[NoiseLaw, float] = {"gaussian": 1.959964, "laplace": 2.118296}


@dataclass(frozen=True, slots=True)
class AnswerCell:
    """One number; `value` is None when noise left nothing to give, and the note says why."""

    label: str
    value: float | None
    error_95: float | None
    note: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What was asked under a name: one cell, or one for each level of the key column."""

    name: str
    kind: str
    unit: str
    cells: tuple[AnswerCell, ...]


def answers(plan: Plan, schema: Schema, moments: Mapping[str, Uncertain]) -> tuple[Answer, ...]:
    """Every statistic of the plan, from its moments by output id, in encoded value units.

    Raises:
        Refused: the plan does not fit the schema.
        KeyError: a moment is missing.
    """
    return tuple(_answered(named, schema, moments, plan.law) for named in plan.statistics)


def opened_moment(
    output: str,
    opened: int,
    *,
    degree: int,
    law: NoiseLaw,
    scale_squared: int,
    parameters: Parameters = AGG,
) -> Uncertain:
    """The moment behind an opened lattice integer, in encoded value units.

    `scale_squared` is the noise's: the variance of a Gaussian, b^2 of a Laplace.
    """
    unit = parameters.unit(degree)
    # int / int is correctly rounded, however long the integers.
    return measured(opened / unit, sd=noise_sd(law, scale_squared) / unit, source=output)


def noise_sd(law: NoiseLaw, scale_squared: int) -> float:
    """Standard deviation of the noise, in lattice units."""
    variance = scale_squared if law == "gaussian" else 2 * scale_squared
    return math.sqrt(variance)


def _answered(
    named: NamedStatistic, schema: Schema, moments: Mapping[str, Uncertain], law: NoiseLaw
) -> Answer:
    statistic = named.statistic
    numbers = statistic.finish([_total(part, moments) for part in statistic.parts(schema)])
    return Answer(
        named.name,
        statistic.tag,
        statistic.unit(schema),
        tuple(_answer(number, law) for number in numbers),
    )


def _answer(number: Number, law: NoiseLaw) -> AnswerCell:
    if number.value is None:
        return AnswerCell(number.label, None, None, number.note)
    error_95 = _HALF_WIDTH[law] * number.value.sd
    return AnswerCell(number.label, number.value.value, error_95, number.note)


def _total(part: Part, moments: Mapping[str, Uncertain]) -> Total:
    return Total(part.label, tuple(_sum(one, moments) for one in part.sums), part.offset)


def _sum(combination: Combination, moments: Mapping[str, Uncertain]) -> Uncertain:
    total = exact(0.0)
    for moment, coefficient in combination.items():
        total += float(coefficient) * moments[moment_id(moment)]
    return total
