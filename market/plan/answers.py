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
from market.plan.expression import (
    Column,
    Correlation,
    Count,
    Covariance,
    Expression,
    GroupBy,
    Histogram,
    Mean,
    NoiseLaw,
    Plan,
    Statistic,
    Sum,
    Variance,
)
from market.plan.factors import moment_id
from market.plan.moments import Cell, cells
from market.plan.polynomial import Combination
from market.plan.schema import NumericColumn, Schema
from market.plan.uncertain import Uncertain, exact, measured

# Half-width of the two-sided 95 % interval in standard deviations: normal, and Laplace
# (ln 20 / sqrt 2), which also covers sums of several Laplace noises.
_HALF_WIDTH: dict[NoiseLaw, float] = {"gaussian": 1.959964, "laplace": 2.118296}
_RELIABLE_COUNT_SDS = 5
_RELIABLE_SPREAD_SDS = 3

_NO_ROWS = "The noisy number of rows is not above 0: ask with a larger epsilon or share."
_FEW_ROWS = (
    "The number of rows is close to its noise, so value and error are rough: "
    "ask with a larger epsilon or share."
)
_NO_SPREAD = (
    "The noisy spread is below 0; the nearest possible value is given: "
    "ask with a larger epsilon or share."
)
_LITTLE_SPREAD = (
    "The spread is close to its noise, so value and error are rough: "
    "ask with a larger epsilon or share."
)
_NO_CORRELATION = (
    "A column's noisy spread is not above 0, so there is no correlation to give: "
    "ask with a larger epsilon or share."
)
_CONSTANT = "One side is the same in every row: a constant has no correlation."
_BEYOND_ONE = "Noise carried the value beyond the possible range; its nearest end is given."


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
    return tuple(
        Answer(
            named.name,
            named.statistic.tag,
            unit_of(named.statistic, schema),
            tuple(_answer(cell, moments, plan.law) for cell in cells(named.statistic, schema)),
        )
        for named in plan.statistics
    )


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


def unit_of(statistic: Statistic, schema: Schema) -> str:
    """The unit of an answer, as far as the owner declared one; "" when it has none."""
    match statistic:
        case Count() | Histogram():
            return "rows"
        case GroupBy(statistic=inner):
            return unit_of(inner, schema)
        case Sum(of=of) | Mean(of=of):
            return _unit(of, schema)
        case Variance(of=of):
            return _unit_product(_unit(of, schema), _unit(of, schema))
        case Covariance(left=left, right=right):
            return _unit_product(_unit(left, schema), _unit(right, schema))
        case Correlation():
            return ""


def _unit(expression: Expression, schema: Schema) -> str:
    column = schema.column(expression.name) if isinstance(expression, Column) else None
    return column.unit if isinstance(column, NumericColumn) else ""


def _unit_product(left: str, right: str) -> str:
    if not (left and right):
        return ""
    return f"({left})^2" if left == right else f"{left} x {right}"


def _answer(cell: Cell, moments: Mapping[str, Uncertain], law: NoiseLaw) -> AnswerCell:
    value, note = _value(cell, moments)
    if value is None:
        return AnswerCell(cell.label, None, None, note)
    return AnswerCell(cell.label, value.value, _HALF_WIDTH[law] * value.sd, note)


def _value(cell: Cell, moments: Mapping[str, Uncertain]) -> tuple[Uncertain | None, str]:
    if cell.is_known:
        return _known(cell)
    sums = [_total(combination, moments) for combination in cell.sums]
    if cell.formula == "sum":
        return sums[0], ""
    rows = sums[0]
    if rows.value <= 0:
        return None, _NO_ROWS
    value, note = _per_row(cell, [total / rows for total in sums[1:]])
    if not note and rows.value < _RELIABLE_COUNT_SDS * rows.sd:
        note = _FEW_ROWS
    return value, note


def _known(cell: Cell) -> tuple[Uncertain | None, str]:
    """The answer of a cell that is the same whatever the data."""
    if cell.formula == "correlation":
        return None, _CONSTANT
    return exact(float(cell.offset) if cell.formula == "mean" else 0.0), ""


def _total(combination: Combination, moments: Mapping[str, Uncertain]) -> Uncertain:
    total = exact(0.0)
    for moment, coefficient in combination.items():
        total += float(coefficient) * moments[moment_id(moment)]
    return total


def _per_row(cell: Cell, means: list[Uncertain]) -> tuple[Uncertain | None, str]:
    match cell.formula, means:
        case "variance", [x, xx]:
            return _spread(xx - x * x)
        case "covariance", [x, y, xy]:
            return xy - x * y, ""
        case "correlation", [x, y, xy, xx, yy]:
            return _correlation(xy - x * y, xx - x * x, yy - y * y)
        case _:
            return float(cell.offset) + means[0], ""


def _spread(variance: Uncertain) -> tuple[Uncertain, str]:
    if variance.value < 0:
        return Uncertain(0.0, variance.parts), _NO_SPREAD if variance.sd else ""
    rough = variance.value < _RELIABLE_SPREAD_SDS * variance.sd
    return variance, _LITTLE_SPREAD if rough else ""


def _correlation(
    covariance: Uncertain, left: Uncertain, right: Uncertain
) -> tuple[Uncertain | None, str]:
    if left.value <= 0 or right.value <= 0:
        return None, _NO_CORRELATION
    ratio = covariance / (left.sqrt() * right.sqrt())
    if abs(ratio.value) > 1:
        end = Uncertain(math.copysign(1.0, ratio.value), ratio.parts)
        return end, _BEYOND_ONE if ratio.sd else ""
    rough = any(v.value < _RELIABLE_SPREAD_SDS * v.sd for v in (left, right))
    return ratio, _LITTLE_SPREAD if rough else ""
