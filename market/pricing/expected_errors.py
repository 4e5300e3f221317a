"""How exact the answers of a quote will be: half-widths of 95 % intervals, before anything opens.

    expected        where the table is as its owner declares it, and else even and independent
                    (market.pricing.reference), and as full as it may be
    least, most     over the tables that a statistic may meet (market.pricing.plausible)

Where an error is the same whatever the table, as that of a count, the three are one number.
Nothing here decides anything: who needs the price alone does not compute it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from fractions import Fraction
from typing import Final

from market.plan.answers import HALF_WIDTH, agreed_numbers, numbers_of
from market.plan.lowered import Lowered, LoweredStatistic
from market.plan.statistics.contract import Number
from market.plan.uncertain import Uncertain
from market.pricing.plausible import plausible_tables
from market.pricing.quote import Quote
from market.pricing.reference import EXPECTED, Supposed, expected_moments

_FILLS: Final = (Fraction(1), Fraction(1, 2))
"""Of the capacity: how full the table is, nobody but its owner knows."""
_MOST_SUMS: Final = 50_000
"""That are supposed in all, some 20 microseconds each: a quote is made while somebody waits."""
_ROUNDING: Final = 2.0**-40
"""An error as much smaller than another of the same number is what doubles left of none."""
_DIGITS: Final = 4
_RANGE_DIGITS: Final = 2
_ROOM: Final = 0.05
"""On both sides of a range: noise moves the opened sums that an error is computed from, too, and
what is declared is seldom exact."""

Errors = tuple[float | None, ...]
"""Of a statistic's numbers, in their order; None where a number has none."""


@dataclass(frozen=True, slots=True)
class QuotedCell:
    """The errors of one number. None is no bound: at that table it may have no value at all."""

    labels: tuple[str, ...]
    expected: str | None
    least: str | None
    most: str | None

    @property
    def is_range(self) -> bool:
        """Whether its error depends on what nobody has declared."""
        return self.least != self.most


def expected_numbers(priced: Quote) -> tuple[tuple[Number, ...], ...]:
    """The numbers of every statistic as the quote supposes them, the dataset full: `Uncertain`s,
    of which it tells the errors."""
    reader = _Reader(priced)
    return tuple(reader.numbers(one, EXPECTED, Fraction(1)) for one in priced.lowered.statistics)


def errors_alone(priced: Quote) -> tuple[tuple[str | None, ...], ...]:
    """The expected error of every number of every statistic, each from its own sums. It is never
    less than `expected_errors`, and cheaper: what holds among sums is left out."""
    reader = _Reader(priced)
    return tuple(tuple(map(_shown, reader.errors(numbers))) for numbers in expected_numbers(priced))


def expected_errors(priced: Quote) -> tuple[tuple[str | None, ...], ...]:
    """The expected error of every number of every statistic."""
    reader = _Reader(priced)
    return tuple(tuple(map(_shown, reader.errors(numbers))) for numbers in reader.agreed())


def quoted_cells(priced: Quote) -> tuple[tuple[QuotedCell, ...], ...]:
    """The errors of every number of every statistic, with their ranges."""
    reader = _Reader(priced)
    return tuple(
        tuple(
            _cell(number, reader.errors([number]) if number.is_linear else errors)
            for number, *errors in zip(numbers, *reader.at_tables(one, numbers), strict=True)
        )
        for one, numbers in zip(priced.lowered.statistics, reader.agreed(), strict=True)
    )


class _Reader:
    """Numbers and errors of a quote's statistics at the tables that are supposed."""

    def __init__(self, priced: Quote) -> None:
        self._lowered, self._lattice = priced.lowered, priced.lattice
        self._outputs = {one.output: one for one in priced.outputs}
        self._half_width = HALF_WIDTH[priced.lowered.plan.law]
        self._most_sums = _MOST_SUMS // len(priced.lowered.statistics)
        # Several owners' tables are opened as one.
        self._capacity = priced.lowered.schema.capacity_rows * priced.lattice.tables

    def numbers(
        self, one: LoweredStatistic, supposed: Supposed, fill: Fraction
    ) -> tuple[Number, ...]:
        return numbers_of(one, self._sums(one, supposed, fill))

    def agreed(self) -> Sequence[Sequence[Number]]:
        """The numbers of all statistics at the expected table, as they will agree with each
        other."""
        lowered, full = self._lowered, Fraction(1)
        raw = [self.numbers(one, EXPECTED, full) for one in lowered.statistics]
        return agreed_numbers(lowered, self._sums(lowered, EXPECTED, full), raw)

    def _sums(
        self, asked: Lowered | LoweredStatistic, supposed: Supposed, fill: Fraction
    ) -> dict[str, Uncertain]:
        """All that is opened for a question, or for one of its statistics."""
        rows, moments = float(fill * self._capacity), asked.moments
        means = expected_moments(moments, self._lowered.schema, supposed)
        mean_of = dict(zip(moments, means, strict=True))
        return {
            each.id: self._outputs[each.id].noised(
                rows * math.fsum(weight * mean_of[moment] for weight, moment in each.terms),
                self._lattice,
            )
            for each in asked.opened
        }

    def errors(self, numbers: Iterable[Number]) -> Errors:
        values = (number.value for number in numbers)
        return tuple(None if one is None else self._half_width * one.sd for one in values)

    def at_tables(self, one: LoweredStatistic, expected: Sequence[Number]) -> list[Errors]:
        """The errors at every table, the expected one first; at that alone where any will do."""
        if all(number.is_linear for number in expected):
            return [self.errors(expected)]
        most_tables = self._most_sums // (len(_FILLS) * max(len(one.moments), 1))
        tables = plausible_tables(one, self._lowered.schema, most_tables)
        return [self.errors(self.numbers(one, table, fill)) for table in tables for fill in _FILLS]


def _is_alike(one: float | None, other: float | None) -> bool:
    return _shown(one) == _shown(other)


def _cell(number: Number, errors: Sequence[float | None]) -> QuotedCell:
    known = [error for error in errors if error is not None]
    is_bounded, dust = len(known) == len(errors), max(known, default=0.0) * _ROUNDING
    expected, least, most = (
        error if error is None or error > dust else 0.0
        for error in (errors[0], min(known, default=None), max(known, default=None))
    )
    if is_bounded and _is_alike(least, most):
        return QuotedCell(number.labels, *(_shown(expected),) * 3)
    ends = (
        _outwards(least, 1 - _ROOM, ROUND_FLOOR),
        _outwards(most, 1 + _ROOM, ROUND_CEILING) if is_bounded else None,
    )
    return QuotedCell(number.labels, _shown(expected), *ends)


def _shown(error: float | None) -> str | None:
    """Four significant digits, without an exponent."""
    if error is None:
        return None
    return format(Decimal(f"{error:.{_DIGITS - 1}e}").normalize(), "f")


def _outwards(error: float | None, room: float, rounding: str) -> str | None:
    if error is None:
        return None
    context = Context(prec=_RANGE_DIGITS, rounding=rounding)
    return format(context.create_decimal_from_float(error * room), "f")
