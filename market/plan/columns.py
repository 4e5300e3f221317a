"""The columns an owner declares: a number, a category, a yes or no; a date is in market.plan.dates.

A column has levels by the names of its keys: a category's are its own, a number `age` with bins has
the key `age.bin`, a date `admitted` keys such as `admitted.year`.

Where its owner says `only_summed`, its levels are counted and nothing else: their indicators are
shared as sums (crypto.sum_shares), not encrypted, so no product with them can be computed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from market.plan.bins import bin_levels, check_edges
from market.plan.cells import cell_key
from market.plan.column_text import OTHER, check_column, check_level, counted_in_words
from market.plan.dates import DateColumn
from market.plan.decimals import fraction_of
from market.plan.factors import Boolean, Indicator, Numeric, Variable
from market.plan.text import check_text

ONLY_SUMMED_LEVELS = 64
"""A column with a key of more levels is only summed, unless its owner says otherwise."""

_FEWEST_STEPS = 1 << 20


@dataclass(frozen=True, slots=True)
class NumericColumn:
    """A number clipped to [low, high]; null values follow the null rule.

    `reference_mean` and `reference_sd` are public prior knowledge, not read off the data:
    the quote's expected error and the twin use them. Without them both assume a uniform spread.

    `bins` are edges in ascending order (market.plan.bins), the bounds the first and the last; none
    when it has no bins. A clipped value lies in an outer bin, a null in that of its rule's value.
    `only_summed` is of them: the number itself is encrypted whatever it says.
    """

    name: str
    low: str
    high: str
    meaning: str
    unit: str
    null: Literal["midpoint", "low", "high", "drop_row"]
    reference_mean: str | None
    reference_sd: str | None
    bins: tuple[str, ...] = ()
    only_summed: bool = False
    tag: Literal["numeric"] = "numeric"

    def __post_init__(self) -> None:
        check_column(self.name, self.meaning)
        check_text(f"column {self.name}: unit", self.unit)
        if not fraction_of(self.low) < fraction_of(self.high):
            raise ValueError(f"column {self.name}: low {self.low} is not below high {self.high}")
        self._check_resolution()
        if (self.reference_mean is None) != (self.reference_sd is None):
            raise ValueError(f"column {self.name}: a reference needs both mean and sd")
        if self.bins:
            self._check_bins()
        elif self.only_summed:
            raise ValueError(f"column {self.name}: only_summed is of bins, and it has none")

    def _check_bins(self) -> None:
        try:
            check_edges(self.bins, self.low, self.high)
        except ValueError as error:
            raise ValueError(f"column {self.name}: {error}") from error

    def _check_resolution(self) -> None:
        """Answers are doubles: those between the bounds must be many."""
        step = math.ulp(max(abs(float(fraction_of(end))) for end in (self.low, self.high)))
        width = fraction_of(self.high) - fraction_of(self.low)
        if Fraction(step) * _FEWEST_STEPS > width:
            raise ValueError(
                f"column {self.name}: between {self.low} and {self.high} doubles, in which answers "
                f"are given, lie {step:g} apart, expected {_FEWEST_STEPS} of them or more: take an "
                "offset off the values and the bounds"
            )

    @property
    def midpoint(self) -> Fraction:
        return (fraction_of(self.low) + fraction_of(self.high)) / 2

    @property
    def half_range(self) -> Fraction:
        return (fraction_of(self.high) - fraction_of(self.low)) / 2

    @property
    def levels_by_key(self) -> Mapping[str, tuple[str, ...]]:
        """Levels that are encoded as indicators, by the key they are of."""
        return {f"{self.name}.bin": bin_levels(self.bins)} if self.bins else {}

    @property
    def values_in_words(self) -> str:
        """The bounds, and the edges of the bins."""
        bins = f", in bins at {', '.join(self.bins)}" if self.bins else ""
        return f"{self.low} to {self.high}{bins}{counted_in_words(self.only_summed)}"


@dataclass(frozen=True, slots=True)
class CategoricalColumn:
    """One of the declared levels; anything else, null included, is OTHER (`other` is "level").

    With `other` "drop_row" such a row is left out: the column is complete, and has no OTHER.

    `reference_shares` is public prior knowledge like a numeric column's reference: the share of
    each level, OTHER last, as decimals that add up to 1. Without it all are equally likely.
    """

    name: str
    levels: tuple[str, ...]
    meaning: str
    reference_shares: tuple[str, ...] | None = None
    only_summed: bool = False
    other: Literal["level", "drop_row"] = "level"
    tag: Literal["categorical"] = "categorical"

    def __post_init__(self) -> None:
        check_column(self.name, self.meaning)
        for level in self.levels:
            check_level(level, self.name)
        if not self.levels or len({cell_key(level) for level in self.levels}) != len(self.levels):
            raise ValueError(
                f"column {self.name}: levels must be present and distinct, in all their spellings"
            )
        if self.reference_shares is not None:
            self._check_shares([fraction_of(share) for share in self.reference_shares])

    def _check_shares(self, shares: list[Fraction]) -> None:
        if len(shares) != len(self.all_levels) or min(shares) < 0 or sum(shares) != 1:
            raise ValueError(
                f"column {self.name}: reference_shares are {len(shares)} that add up to "
                f"{sum(shares)}, expected {len(self.all_levels)} ({self.all_levels[-1]} last) that "
                "add up to 1"
            )

    @property
    def shares(self) -> tuple[Fraction, ...]:
        """How likely each of `all_levels` is before anyone has seen a row."""
        if self.reference_shares is None:
            return (Fraction(1, len(self.all_levels)),) * len(self.all_levels)
        return tuple(fraction_of(share) for share in self.reference_shares)

    @property
    def all_levels(self) -> tuple[str, ...]:
        return self.levels if self.other == "drop_row" else (*self.levels, OTHER)

    @property
    def levels_by_key(self) -> Mapping[str, tuple[str, ...]]:
        """Levels that are encoded as indicators, by the key they are of."""
        return {self.name: self.all_levels}

    @property
    def values_in_words(self) -> str:
        """The levels, and what cannot be asked of them."""
        return ", ".join(self.all_levels) + counted_in_words(self.only_summed)


@dataclass(frozen=True, slots=True)
class BooleanColumn:
    """True or false; null values follow the null rule."""

    name: str
    meaning: str
    null: Literal["false", "drop_row"]
    tag: Literal["boolean"] = "boolean"

    def __post_init__(self) -> None:
        check_column(self.name, self.meaning)

    @property
    def levels_by_key(self) -> Mapping[str, tuple[str, ...]]:
        """None: the column itself is the indicator."""
        return {}

    @property
    def values_in_words(self) -> str:
        """Both of them."""
        return "true, false"


Column = NumericColumn | CategoricalColumn | BooleanColumn | DateColumn


def is_only_summed(column: Column) -> bool:
    """Whether the levels of its keys have no ciphertexts; a boolean is encrypted in any case."""
    return not isinstance(column, BooleanColumn) and column.only_summed


def keys_of(column: Column) -> tuple[str, ...]:
    """Names of what rows can be grouped and counted by, as far as this column says."""
    is_key = isinstance(column, BooleanColumn)
    return (column.name,) if is_key else tuple(column.levels_by_key)


def variables_by_name(column: Column) -> Mapping[str, tuple[Variable, ...]]:
    """The encoded columns of one of the owner's columns, in order, by what a product names them."""
    of_levels = {
        key: tuple(Indicator(key, level) for level in levels)
        for key, levels in column.levels_by_key.items()
    }
    match column:
        case NumericColumn(name=name):
            return {name: (Numeric(name),), **of_levels}
        case BooleanColumn(name=name):
            return {name: (Boolean(name),)}
        case CategoricalColumn() | DateColumn():
            return of_levels
