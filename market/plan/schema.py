"""What an owner declares about a table. Nothing in it is read off the data.

A schema fixes the encoded columns: one validity column, one signed column for each numeric
column (clipped to its bounds and mapped to [-1, 1]), one indicator for each boolean, for each level
of a categorical column (the level OTHER too, unless it is complete), for each bin of a numeric
column that has bins and each level of a date's parts, and the declared products.
Everything is 0 in padding rows, so sums over the capacity are sums over the people.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from crypto import canonical
from market import wire
from market.plan.column_text import OTHER
from market.plan.columns import (
    ONLY_SUMMED_LEVELS,
    BooleanColumn,
    CategoricalColumn,
    Column,
    NumericColumn,
    is_only_summed,
    keys_of,
    variables_by_name,
)
from market.plan.dates import DateColumn
from market.plan.factors import Crossed, Factor, Indicator, Product, Validity, Variable, crossed
from market.plan.text import check_text

__all__ = [
    "ONLY_SUMMED_LEVELS",
    "OTHER",
    "SCHEMA_TAG",
    "BooleanColumn",
    "CategoricalColumn",
    "Column",
    "DateColumn",
    "NumericColumn",
    "PrivacyUnit",
    "Schema",
    "is_only_summed",
    "keys_of",
]

SCHEMA_TAG = "market/schema/3"

_MAXIMUM_COLUMNS = 256
_MAXIMUM_CAPACITY = 1 << 30


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
            raise ValueError(
                f"privacy unit: at most {self.max_rows} rows of each (max_rows), expected 1 or "
                "more, and 1 where a row is the unit itself"
            )


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
            column = self.column_of(name)
            if column is None:
                raise ValueError(f"product {product.id}: there is no column {name}")
            if name not in variables_by_name(column):
                raise ValueError(f"product {product.id}: {name} is neither a number nor a key")
            if name in column.levels_by_key and is_only_summed(column):
                raise ValueError(f"product {product.id}: {name} is only summed")
        is_number = isinstance(self.column(product.left), NumericColumn)
        if product.left == product.right and not is_number:
            raise ValueError(f"product {product.id}: a column that is no number is its own square")

    def column(self, name: str) -> Column | None:
        """The column of this name, or None."""
        return next((column for column in self.columns if column.name == name), None)

    def column_of(self, key: str) -> Column | None:
        """The column that a key is, or is a part of."""
        return self.column(_column_of(key))

    def levels(self, key: str) -> tuple[str, ...] | None:
        """The levels of a key that are encoded as indicators, in their order; None without any."""
        column = self.column_of(key)
        return column.levels_by_key.get(key) if column else None

    def can_meet(self, levels: Iterable[Indicator]) -> bool:
        """Whether a row may have all these levels: of a key one, of a date those of one day."""
        by_column: dict[str, dict[str, str]] = {}
        for one in levels:
            of_column = by_column.setdefault(_column_of(one.column), {})
            if of_column.setdefault(one.column, one.level) != one.level:
                return False
        # Of no other column there are several keys.
        several = ((name, found) for name, found in by_column.items() if len(found) > 1)
        return all(self._date(name).has(found) for name, found in several)

    def _date(self, name: str) -> DateColumn:
        column = self.column(name)
        if not isinstance(column, DateColumn):
            raise TypeError(f"{name} has several keys, and is no date")
        return column

    def is_only_summed(self, factor: Factor) -> bool:
        """Whether an encoded column has no ciphertexts: nothing but its sum is ever opened."""
        if not isinstance(factor, Indicator):
            return False
        column = self.column_of(factor.column)
        return column is not None and is_only_summed(column)

    @property
    def factors(self) -> tuple[Factor, ...]:
        """The encoded columns, in their fixed order: encrypted, or only summed."""
        encoded = (variable for some in self._variables().values() for variable in some)
        return (Validity(), *encoded, *self._crossed())

    def _variables(self) -> dict[str, tuple[Variable, ...]]:
        by_name = (variables_by_name(column).items() for column in self.columns)
        return dict(chain.from_iterable(by_name))

    def _crossed(self) -> Iterator[Crossed]:
        variables = self._variables()
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


def _column_of(key: str) -> str:
    """The name of the column that a key is, or is a part of."""
    return key.partition(".")[0]
