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

from market.plan.answers import HALF_WIDTH, numbers_of
from market.plan.lowered import LoweredStatistic
from market.plan.statistics.contract import Number
from market.pricing.plausible import plausible_tables
from market.pricing.quote import Quote, QuotedOutput
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


def expected_errors(priced: Quote) -> tuple[tuple[str | None, ...], ...]:
    """The expected error of every number of every statistic."""
    reader = _Reader(priced)
    return tuple(tuple(map(_shown, reader.errors(numbers))) for numbers in expected_numbers(priced))


def quoted_cells(priced: Quote) -> tuple[tuple[QuotedCell, ...], ...]:
    """The errors of every number of every statistic, with their ranges."""
    reader = _Reader(priced)
    return tuple(
        tuple(
            _cell(number, errors)
            for number, *errors in zip(numbers, *reader.at_tables(one), strict=True)
        )
        for one, numbers in zip(priced.lowered.statistics, expected_numbers(priced), strict=True)
    )


class _Reader:
    """Numbers and errors of a quote's statistics at the tables that are supposed."""

    def __init__(self, priced: Quote) -> None:
        self._schema, self._lattice = priced.lowered.schema, priced.lattice
        self._outputs: dict[str, QuotedOutput] = {one.output: one for one in priced.outputs}
        self._half_width = HALF_WIDTH[priced.lowered.plan.law]
        # Several owners' tables are opened as one.
        self._most_sums = _MOST_SUMS // len(priced.lowered.statistics)
        self._capacity = priced.lowered.schema.capacity_rows * priced.lattice.tables

    def numbers(
        self, one: LoweredStatistic, supposed: Supposed, fill: Fraction
    ) -> tuple[Number, ...]:
        rows = float(fill * self._capacity)
        moments = one.moments
        means = dict(zip(moments, expected_moments(moments, self._schema, supposed), strict=True))
        opened = {
            each.id: self._outputs[each.id].noised(
                rows * math.fsum(weight * means[moment] for weight, moment in each.terms),
                self._lattice,
            )
            for each in one.opened
        }
        return numbers_of(one, opened)

    def errors(self, numbers: Iterable[Number]) -> Errors:
        values = (number.value for number in numbers)
        return tuple(None if one is None else self._half_width * one.sd for one in values)

    def at_tables(self, one: LoweredStatistic) -> list[Errors]:
        """The errors at every table, the expected one first; at one table where any will do."""
        most_tables = self._most_sums // (len(_FILLS) * max(len(one.moments), 1))
        tables = plausible_tables(one, self._schema, most_tables)
        # What neither rows nor levels move, nor the table that is furthest from the expected, is
        # the same at all of them: a combination of sums.
        plain = [table for table in tables if table == Supposed(common=table.common)]
        sample = [*((table, _FILLS[0]) for table in plain), (tables[-1], _FILLS[-1])]
        few = [self.errors(self.numbers(one, table, fill)) for table, fill in sample]
        if all(_alike(errors, few[0]) for errors in few):
            return few[:1]
        return [self.errors(self.numbers(one, table, fill)) for table in tables for fill in _FILLS]


def _alike(one: Errors, other: Errors) -> bool:
    return all(map(_is_alike, one, other))


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
