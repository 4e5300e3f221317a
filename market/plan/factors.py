"""Encoded columns, typed; and the one place where they get names.

A schema encrypts five kinds of columns. Whoever computes with them (polynomials, moments, prices,
words for people) matches on these types; nobody takes a name apart. The names are for what must be
text: manifests, shares, noise, Spark.

    #valid                 the validity column
    visits                 a numeric or boolean column
    health=good            the indicator of a level
    visits*visits          a declared product

No two columns of one schema share a name, and no moment the name of a column or of another moment
(`&` joins its factors): noise and scales are kept by name, so one name for two sums would price the
one as the other. Text that a person chose is therefore percent-encoded (RFC 3986: UTF-8, all but
letters, digits and `-._~`), and the signs above stand for themselves only.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote as percent_encoded

VALIDITY = "#valid"


@dataclass(frozen=True, slots=True)
class Validity:
    """1 in every row, 0 in padding."""

    @property
    def id(self) -> str:
        return VALIDITY

    @property
    def family(self) -> str:
        return self.id


@dataclass(frozen=True, slots=True)
class Numeric:
    """A numeric column, mapped to [-1, 1]."""

    column: str

    @property
    def id(self) -> str:
        return _escaped(self.column)

    @property
    def family(self) -> str:
        return self.id


@dataclass(frozen=True, slots=True)
class Boolean:
    """A boolean column: 1 where it is true."""

    column: str

    @property
    def id(self) -> str:
        return _escaped(self.column)

    @property
    def family(self) -> str:
        return self.id


@dataclass(frozen=True, slots=True)
class Indicator:
    """1 where a categorical column has the level."""

    column: str
    level: str

    @property
    def id(self) -> str:
        return f"{self.family}{_escaped(self.level)}"

    @property
    def family(self) -> str:
        """Of the levels of one column a row has one: together they are one family."""
        return f"{_escaped(self.column)}="


@dataclass(frozen=True, slots=True)
class Product:
    """A declared column: the product of two numeric columns, or a square when they are the same.

    It makes a second moment linear, so its release needs no recomputation.
    """

    left: str
    right: str

    def __post_init__(self) -> None:
        if self.left > self.right:
            raise ValueError(f"product {self.left}*{self.right}: names must be in order")

    @property
    def id(self) -> str:
        return f"{_escaped(self.left)}*{_escaped(self.right)}"

    @property
    def family(self) -> str:
        return self.id


Factor = Validity | Numeric | Boolean | Indicator | Product
"""One encoded column. `id` names it; `family` names it and those no row has together with it."""

Moment = tuple[Factor, ...]
"""One or two encoded columns in order of their ids, multiplied and summed over all rows."""


def in_order(factors: list[Factor]) -> Moment:
    """The moment of one or two encoded columns, which has one order however a plan writes it."""
    return tuple(sorted(factors, key=lambda factor: factor.id))


def moment_id(moment: Moment) -> str:
    """The name of a sum in shares, noise and receipts."""
    return "&".join(factor.id for factor in moment)


def family_id(moment: Moment) -> str:
    """The name of the moments that differ only in the levels of their key columns."""
    return "&".join(factor.family for factor in moment)


# A plan names few columns and levels, each of them thousands of times.
@lru_cache(maxsize=4_096)
def _escaped(text: str) -> str:
    return percent_encoded(text, safe="")
