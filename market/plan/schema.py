"""What an owner declares about a table. Nothing in it is read off the data.

A schema fixes the encoded columns: one validity column, one signed column for each numeric
column (clipped to its bounds and mapped to [-1, 1]), one indicator for each boolean and for each
level of a categorical column (the level OTHER is always there), and the declared products.
Everything is 0 in padding rows, so sums over the capacity are sums over the people.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from crypto import canonical
from market import wire
from market.plan.cells import cell_key, normal_text
from market.plan.decimals import fraction_of
from market.plan.factors import (
    Boolean,
    Crossed,
    Factor,
    Indicator,
    Numeric,
    Product,
    Validity,
    Variable,
    crossed,
)
from market.plan.text import check_text, unreadable

OTHER = "OTHER"
SCHEMA_TAG = "market/schema/2"
ONLY_SUMMED_LEVELS = 64
"""A categorical column of more levels is only summed, unless its owner says otherwise."""

_COLUMN_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_LONGEST_LEVEL = 100
_FEWEST_STEPS = 1 << 20
_MAXIMUM_COLUMNS = 256
_MAXIMUM_CAPACITY = 1 << 30


@dataclass(frozen=True, slots=True)
class NumericColumn:
    """A number clipped to [low, high]; null values follow the null rule.

    `reference_mean` and `reference_sd` are public prior knowledge, not read off the data:
    the quote's expected error and the twin use them. Without them both assume a uniform spread.
    """

    name: str
    low: str
    high: str
    meaning: str
    unit: str
    null: Literal["midpoint", "low", "high", "drop_row"]
    reference_mean: str | None
    reference_sd: str | None
    tag: Literal["numeric"] = "numeric"

    def __post_init__(self) -> None:
        _check_column(self.name, self.meaning)
        check_text(f"column {self.name}: unit", self.unit)
        if not fraction_of(self.low) < fraction_of(self.high):
            raise ValueError(f"column {self.name}: low {self.low} is not below high {self.high}")
        self._check_resolution()
        if (self.reference_mean is None) != (self.reference_sd is None):
            raise ValueError(f"column {self.name}: a reference needs both mean and sd")

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


@dataclass(frozen=True, slots=True)
class CategoricalColumn:
    """One of the declared levels; anything else, null included, is OTHER.

    `reference_shares` is public prior knowledge like a numeric column's reference: the share of
    each level, OTHER last, as decimals that add up to 1. Without it all are equally likely.

    When it is `only_summed`, its levels are counted and nothing else: its indicators are shared as
    sums (crypto.sum_shares), not encrypted, so no product with them can be computed.
    """

    name: str
    levels: tuple[str, ...]
    meaning: str
    reference_shares: tuple[str, ...] | None = None
    only_summed: bool = False
    tag: Literal["categorical"] = "categorical"

    def __post_init__(self) -> None:
        _check_column(self.name, self.meaning)
        for level in self.levels:
            _check_level(level, self.name)
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
                f"{sum(shares)}, expected {len(self.all_levels)} (OTHER last) that add up to 1"
            )

    @property
    def shares(self) -> tuple[Fraction, ...]:
        """How likely each of `all_levels` is before anyone has seen a row."""
        if self.reference_shares is None:
            return (Fraction(1, len(self.all_levels)),) * len(self.all_levels)
        return tuple(fraction_of(share) for share in self.reference_shares)

    @property
    def all_levels(self) -> tuple[str, ...]:
        return (*self.levels, OTHER)

    @property
    def values_in_words(self) -> str:
        """The levels, and what cannot be asked of them."""
        rule = "; only counted: neither group nor filter" if self.only_summed else ""
        return ", ".join(self.all_levels) + rule


@dataclass(frozen=True, slots=True)
class BooleanColumn:
    """True or false; null values follow the null rule."""

    name: str
    meaning: str
    null: Literal["false", "drop_row"]
    tag: Literal["boolean"] = "boolean"

    def __post_init__(self) -> None:
        _check_column(self.name, self.meaning)


Column = NumericColumn | CategoricalColumn | BooleanColumn


def variables_of_column(column: Column) -> tuple[Variable, ...]:
    """The encoded columns of one of the owner's columns, in order."""
    match column:
        case NumericColumn(name=name):
            return (Numeric(name),)
        case BooleanColumn(name=name):
            return (Boolean(name),)
        case CategoricalColumn(name=name):
            return tuple(Indicator(name, level) for level in column.all_levels)


@dataclass(frozen=True, slots=True)
class PrivacyUnit:
    """Whose privacy the budget protects: one value of `column`, or one row when it is null.

    `max_rows` is the contribution bound: further rows of the same unit are dropped before
    encryption.
    """

    column: str | None
    max_rows: int
    meaning: str

    def __post_init__(self) -> None:
        check_text("privacy unit: meaning", self.meaning)
        if self.max_rows < 1 or (self.column is None and self.max_rows != 1):
            raise ValueError(f"privacy unit: max_rows is {self.max_rows}, expected 1 for rows")


@dataclass(frozen=True, slots=True)
class Schema:
    """The whole declaration. Capacity is declared, never computed from the number of rows."""

    name: str
    columns: tuple[Column, ...]
    privacy_unit: PrivacyUnit
    capacity_rows: int
    products: tuple[Product, ...]

    def __post_init__(self) -> None:
        check_text("schema's name", self.name)
        names = [column.name for column in self.columns]
        if not names or len(names) > _MAXIMUM_COLUMNS or len(set(names)) != len(names):
            raise ValueError(f"columns: 1 to {_MAXIMUM_COLUMNS} distinct names expected")
        if not 1 <= self.capacity_rows <= _MAXIMUM_CAPACITY:
            raise ValueError(f"capacity_rows is {self.capacity_rows}, expected 1 to 2^30")
        for product in self.products:
            self._check_product(product)
        if len(set(self.products)) != len(self.products):
            raise ValueError("products: each is declared once")

    def _check_product(self, product: Product) -> None:
        for name in (product.left, product.right):
            column = self.column(name)
            if column is None:
                raise ValueError(f"product {product.id}: there is no column {name}")
            if isinstance(column, CategoricalColumn) and column.only_summed:
                raise ValueError(f"product {product.id}: {name} is only summed")
        if product.left == product.right and not isinstance(
            self.column(product.left), NumericColumn
        ):
            raise ValueError(f"product {product.id}: a column that is no number is its own square")

    def column(self, name: str) -> Column | None:
        """The column of this name, or None."""
        return next((column for column in self.columns if column.name == name), None)

    def is_only_summed(self, factor: Factor) -> bool:
        """Whether an encoded column has no ciphertexts: nothing but its sum is ever opened."""
        if not isinstance(factor, Indicator):
            return False
        column = self.column(factor.column)
        return isinstance(column, CategoricalColumn) and column.only_summed

    @property
    def factors(self) -> tuple[Factor, ...]:
        """The encoded columns, in their fixed order: encrypted, or only summed."""
        encoded = (variable for column in self.columns for variable in variables_of_column(column))
        return (Validity(), *encoded, *self._crossed())

    def _crossed(self) -> Iterator[Crossed]:
        variables = {column.name: variables_of_column(column) for column in self.columns}
        for product in self.products:
            for left in variables[product.left]:
                yield from (crossed(left, right) for right in variables[product.right])

    @property
    def encoded_columns(self) -> tuple[str, ...]:
        """Their identifiers."""
        return tuple(factor.id for factor in self.factors)

    @property
    def only_summed(self) -> tuple[str, ...]:
        """Identifiers of the encoded columns that have no ciphertexts."""
        return tuple(factor.id for factor in self.factors if self.is_only_summed(factor))

    def digest(self) -> str:
        """SHA-256, in hex, of a tag and the canonical bytes: manifest and plan hash bind it."""
        return canonical.digest(SCHEMA_TAG, wire.to_json(self))


def _check_level(level: str, column: str) -> None:
    is_text = level.isprintable() and not unreadable(level) and level == normal_text(level)
    if not is_text or not 1 <= len(level) <= _LONGEST_LEVEL:
        raise ValueError(
            f"column {column}: level {level[:80]!r} is not a level, expected 1 to {_LONGEST_LEVEL} "
            "printable characters in Unicode's composed form"
        )
    if level == OTHER:
        raise ValueError(f"column {column}: {OTHER} is not declared, every column has it")


def _check_column(name: str, meaning: str) -> None:
    if not _COLUMN_NAME.fullmatch(name):
        raise ValueError(f"column name {name!r}: lower-case ASCII words of up to 40 characters")
    check_text(f"column {name}: meaning", meaning)
