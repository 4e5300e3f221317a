"""Columns and what is computed from them: lazy, and only as far as sums of products go.

    2 * ds["visits"] + ds["child"] - 1          numeric expressions, degree two at most
    ds["visits"].mean().weighted(3)             a question, with three shares of the job's rho

Rules beside those of market.plan.refusals: plan-constant (NaN, infinite, too long), plan-operand
(not a number or column), plan-division (not exact), plan-power, plan-share, plan-too-large,
plan-too-deep; and those of the lowering, checked where the statistic is written.
"""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import NoReturn, TypeGuard

from market.errors import Refused
from market.plan.decimals import decimal_text, fraction_text
from market.plan.expression import Add, Constant, Expression, Multiply
from market.plan.plan import MAXIMUM_SHARE
from market.plan.refusals import WithoutArithmetic, WithoutItems
from market.plan.schema import Schema
from market.plan.statistics import (
    Correlation,
    Covariance,
    Groupable,
    Mean,
    Statistic,
    Sum,
    Variance,
)

_PLAN_DIRECTORY = str(Path(__file__).parent)
_MAXIMUM_NODES = 5_000
# Canonical JSON nests 64 deep at most; a plan wraps an expression in a few levels more.
_MAXIMUM_DEPTH = 48


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class AskedStatistic(WithoutArithmetic, WithoutItems):
    """A statistic that was asked for; `origin` is the file and line of the program."""

    statistic: Statistic
    share: int
    origin: tuple[str, int]

    def weighted(self, share: int) -> AskedStatistic:
        """The same question with `share` parts of the job's rho instead of 1."""
        if type(share) is not int or not 1 <= share <= MAXIMUM_SHARE:
            raise Refused(
                "plan-share",
                f"A share is {share!r:.40}, expected a whole number from 1 to {MAXIMUM_SHARE}.",
                "Give the statistics that matter more a larger share.",
            )
        return replace(self, share=share)

    def __repr__(self) -> str:
        return f"a {self.statistic.tag} that is not opened yet"


class AskedByGroup(ABC):
    """What is asked of a number in each row: of all rows, or of those of each group."""

    __slots__ = ()

    def sum(self) -> AskedStatistic:
        """Sum over the rows."""
        return self._asked(Sum(self.expression()))

    def mean(self) -> AskedStatistic:
        """Average over the rows."""
        return self._asked(Mean(self.expression()))

    def variance(self) -> AskedStatistic:
        """Population variance: divided by the number of rows."""
        return self._asked(Variance(self.expression()))

    @abstractmethod
    def expression(self) -> Expression:
        """The number."""

    @abstractmethod
    def _asked(self, statistic: Groupable) -> AskedStatistic: ...


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Quantity(AskedByGroup, WithoutItems):
    """A number in each row: the sum of `terms`. `nodes` and `depth` bound its size."""

    schema: Schema
    terms: tuple[Expression, ...]
    nodes: int
    depth: int

    def covariance(self, other: Quantity) -> AskedStatistic:
        """Population covariance."""
        return ask(Covariance(self.expression(), self._column(other)), self.schema)

    def correlation(self, other: Quantity) -> AskedStatistic:
        """Pearson's correlation."""
        return ask(Correlation(self.expression(), self._column(other)), self.schema)

    def histogram(self) -> NoReturn:
        """Refused (`plan-not-categorical`): a number has no levels to count."""
        raise Refused(
            "plan-not-categorical",
            "A histogram needs a categorical column.",
            "Ask the owner for a binned version of the column.",
        )

    def expression(self) -> Expression:
        """The terms as a balanced tree, so that a long sum does not nest deeply."""
        layer = list(self.terms)
        while len(layer) > 1:
            paired = [
                Add(left, right) for left, right in zip(layer[::2], layer[1::2], strict=False)
            ]
            layer = paired + layer[2 * len(paired) :]
        return layer[0]

    def __add__(self, other: object) -> Quantity:
        right = self._operand(other)
        return _sized(
            self.schema,
            (*self.terms, *right.terms),
            self.nodes + right.nodes + 1,
            max(self.depth, right.depth),
        )

    __radd__ = __add__

    def __neg__(self) -> Quantity:
        return self * -1

    def __pos__(self) -> Quantity:
        return self

    def __sub__(self, other: object) -> Quantity:
        return self + (-other if _is_number(other) else -self._operand(other))

    def __rsub__(self, other: object) -> Quantity:
        return -self + other

    def __mul__(self, other: object) -> Quantity:
        right = self._operand(other)
        return _sized(
            self.schema,
            (Multiply(right.expression(), self.expression()),),
            self.nodes + right.nodes + 1,
            max(self.height, right.height) + 1,
        )

    __rmul__ = __mul__

    def __truediv__(self, other: object) -> Quantity:
        if not _is_number(other) or not other:
            raise _division_refused()
        try:
            return self * Decimal(fraction_text(1 / Fraction(decimal_text(other))))
        except ValueError:
            raise _division_refused() from None

    def __rtruediv__(self, _other: object) -> NoReturn:
        raise _division_refused()

    def __pow__(self, exponent: object) -> Quantity:
        if exponent == 1:
            return self
        if exponent == 2:
            return self * self
        raise Refused(
            "plan-power",
            f"A power is {exponent!r:.40}, expected 1 or 2.",
            "The engine opens sums of products of two columns.",
        )

    __rpow__ = WithoutItems._operated

    @property
    def height(self) -> int:
        """Depth of `expression()`."""
        return self.depth + (len(self.terms) - 1).bit_length()

    def __repr__(self) -> str:
        return "a numeric expression"

    def _asked(self, statistic: Groupable) -> AskedStatistic:
        return ask(statistic, self.schema)

    def _column(self, other: object) -> Expression:
        if not isinstance(other, Quantity):
            raise _operand_refused(other)
        return other.expression()

    def _operand(self, other: object) -> Quantity:
        if isinstance(other, Quantity):
            return other
        if not _is_number(other):
            raise _operand_refused(other)
        try:
            return leaf(self.schema, Constant(decimal_text(other)))
        except ValueError as error:
            raise Refused(
                "plan-constant",
                f"A constant cannot be written down exactly: {error}.",
                "Use a finite number of at most 18 digits on either side of the point.",
            ) from None


def leaf(schema: Schema, expression: Expression) -> Quantity:
    """A column or a constant, as a quantity of one term."""
    return Quantity(schema, (expression,), nodes=1, depth=1)


def ask(statistic: Statistic, schema: Schema) -> AskedStatistic:
    """A question, checked by lowering it at once: the refusal then names this line.

    Raises:
        Refused: `plan-...`.
    """
    statistic.parts(schema)
    return AskedStatistic(statistic, 1, _origin())


def _sized(schema: Schema, terms: tuple[Expression, ...], nodes: int, depth: int) -> Quantity:
    built = Quantity(schema, terms, nodes, depth)
    if nodes > _MAXIMUM_NODES:
        raise Refused(
            "plan-too-large",
            f"An expression has {nodes} nodes, expected at most {_MAXIMUM_NODES}.",
            "Ask for smaller expressions, in several statistics.",
        )
    if built.height > _MAXIMUM_DEPTH:
        raise Refused(
            "plan-too-deep",
            f"An expression nests {built.height} deep, expected at most {_MAXIMUM_DEPTH}.",
            "Simplify the expression.",
        )
    return built


def _is_number(value: object) -> TypeGuard[int | float | Decimal]:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _origin() -> tuple[str, int]:
    frame = inspect.currentframe()
    while frame is not None and frame.f_code.co_filename.startswith(_PLAN_DIRECTORY):
        frame = frame.f_back
    return (frame.f_code.co_filename, frame.f_lineno) if frame else ("", 0)


def _operand_refused(seen: object) -> Refused:
    return Refused(
        "plan-operand",
        f"An operand is {type(seen).__name__:.60}, expected a number or a numeric column.",
        "Take numeric and boolean columns, and indicators of levels, from the dataset.",
    )


def _division_refused() -> Refused:
    return Refused(
        "plan-division",
        "Only division by a number whose reciprocal is a short decimal can be planned.",
        "Divide the answer after it is opened, or multiply by a decimal.",
    )
