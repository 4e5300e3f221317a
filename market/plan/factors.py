"""Encoded columns, typed; and the one place where they get names.

A schema encrypts five kinds of columns. Whoever computes with them (polynomials, moments, prices,
words for people) matches on these types; nobody takes a name apart. The names are for what must be
text: manifests, shares, noise, Spark.

    #valid                 the validity column
    visits                 a numeric or boolean column
    health=good            the indicator of a level
    visits*visits          a declared product
    health=good*visits     one of a declared product with a key

No two columns of one schema share a name, and no moment the name of a column or of another moment
(`&` joins its factors), nor has a weighted sum of them (`113:#valid+77:age`, market.plan.moments):
noise and scales are kept by name, so one name for two sums would price the one as the other. Text
that a person chose is therefore percent-encoded (RFC 3986: UTF-8, all but letters, digits and
`-._~`), and the signs above stand for themselves only.
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


Variable = Numeric | Boolean | Indicator
"""One of the owner's columns, or one level of it."""


@dataclass(frozen=True, slots=True)
class Product:
    """Two columns whose products an owner declares, or one number to be squared.

    What they multiply to is encoded beside them: a number for two numbers; for a key a column for
    each of its levels, and for two keys one for each pair of levels. Such sums are linear: their
    release needs no recomputation, and they leave room for one more factor.
    """

    left: str
    right: str

    def __post_init__(self) -> None:
        if self.left > self.right:
            raise ValueError(f"product {self.left}*{self.right}: names must be in order")

    @property
    def id(self) -> str:
        return f"{_escaped(self.left)}*{_escaped(self.right)}"


@dataclass(frozen=True, slots=True)
class Crossed:
    """An encoded column of a declared product: two variables multiplied."""

    left: Variable
    right: Variable

    @property
    def id(self) -> str:
        return f"{self.left.id}*{self.right.id}"

    @property
    def family(self) -> str:
        return f"{self.left.family}*{self.right.family}"


Factor = Validity | Numeric | Boolean | Indicator | Crossed
"""One encoded column. `id` names it; `family` names it and those no row has together with it."""

Moment = tuple[Factor, ...]
"""One or two encoded columns in order of their ids, multiplied and summed over all rows."""


def crossed(one: Variable, other: Variable) -> Crossed:
    """The encoded column of a product of two variables, which has one order."""
    return Crossed(*sorted((one, other), key=lambda variable: variable.column))


def variables_of(factor: Factor) -> tuple[Variable, ...]:
    """What an encoded column multiplies: none for the validity."""
    match factor:
        case Validity():
            return ()
        case Crossed(left=left, right=right):
            return (left, right)
        case _:
            return (factor,)


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
