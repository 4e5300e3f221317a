"""Every expression is a polynomial in encoded columns; this module writes it out.

Rules of the algebra, all exact:
  a numeric column x is midpoint·1 + half_range·u, with u its encoded column in [-1, 1];
  the constant 1 is the validity column, and validity times anything is that thing (padding is 0);
  indicators and booleans are their own squares; indicators of two levels of one key multiply to 0,
  and so do levels of a date's parts that no declared day has together;
  a pair of factors whose columns the owner declared as a product is one encoded column.

    (visits + 2) * (health == "good")  ->  {(health=good,): midpoint + 2,
                                            (health=good, visits): half_range}

What is left is sums of at most two encoded columns multiplied: what the engine can open.

How long writing out takes is bounded in steps, not in seconds, so that every reader of a plan
refuses the same ones (`steps_bounded`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from fractions import Fraction

from market.errors import Refused
from market.plan.decimals import fraction_of
from market.plan.expression import Add, Column, Constant, Expression, Level, Multiply
from market.plan.factors import (
    Boolean,
    Factor,
    Indicator,
    Moment,
    Numeric,
    Product,
    Validity,
    Variable,
    crossed,
    in_order,
    moment_id,
)
from market.plan.named_columns import unknown_column, without_levels, without_numbers
from market.plan.schema import BooleanColumn, NumericColumn, Schema

MAXIMUM_DEGREE = 2
# Two declared products of two columns each: more can never be encoded in two columns.
_MAXIMUM_FACTORS = 4
_MAXIMUM_TERMS = 4_096
_MAXIMUM_PAIRS = 1 << 18
# As a power of two, about 10^±100. The square of a double's error still is a double then, and the
# fourth power of the smallest number a schema or a plan can write, 10^-18, still a coefficient.
_MAXIMUM_EXPONENT = 332


_STEPS_LEFT: ContextVar[int | None] = ContextVar("steps left", default=None)

Monomial = tuple[Variable, ...]
"""Variables in order; the empty monomial is the validity column."""
Polynomial = dict[Monomial, Fraction]
Combination = dict[Moment, Fraction]
"""A linear combination of moments."""

ONE: Polynomial = {(): Fraction(1)}


@contextmanager
def steps_bounded(most: int) -> Iterator[None]:
    """Write out no more than so many terms inside, those that vanish counted too; beyond them
    everything here raises Refused (`plan-too-large`)."""
    before = _STEPS_LEFT.set(most)
    try:
        yield
    finally:
        _STEPS_LEFT.reset(before)


def polynomial(expression: Expression, schema: Schema) -> Polynomial:
    """The expression written out; no term has the coefficient 0.

    Raises:
        Refused: `plan-column`, `plan-categorical`, `plan-level`, `plan-degree`, `plan-too-large`,
            `plan-coefficient`.
    """
    match expression:
        case Constant(value=value):
            return _without_zeros({(): fraction_of(value)})
        case Column(name=name):
            return _column(name, schema)
        case Level(column=column, level=level):
            return level_indicator(column, level, schema)
        case Add(left=left, right=right):
            return add(polynomial(left, schema), polynomial(right, schema))
        case Multiply(left=left, right=right):
            return multiply(polynomial(left, schema), polynomial(right, schema), schema)


def level_indicator(key: str, level: str, schema: Schema) -> Polynomial:
    """1 where the key has the level, else 0."""
    levels = encoded_levels(key, schema)
    if level not in levels:
        raise Refused(
            "plan-level",
            f"Column {key} has no level {level!r:.60}.",
            f"Its levels are {', '.join(levels)}.",
        )
    return {(Indicator(key, level),): Fraction(1)}


def encoded_levels(key: str, schema: Schema) -> tuple[str, ...]:
    """The levels of a key, each an encoded column.

    Raises:
        Refused: `plan-column` if there is no such column, `plan-not-categorical` if it has none.
    """
    levels = schema.levels(key)
    if levels is None:
        raise without_levels(key, schema)
    return levels


def add(left: Polynomial, right: Polynomial) -> Polynomial:
    """The sum of two polynomials, without zero terms.

    Raises:
        Refused: `plan-too-large`, `plan-coefficient`.
    """
    _step(len(left) + len(right))
    total = dict(left)
    for monomial, coefficient in right.items():
        total[monomial] = total.get(monomial, Fraction(0)) + coefficient
    return _limited(_without_zeros(total))


def multiply(left: Polynomial, right: Polynomial, schema: Schema) -> Polynomial:
    """The product of two polynomials, without zero terms.

    Raises:
        Refused: `plan-degree`, `plan-coefficient`; `plan-too-large`, before the work grows.
    """
    if len(left) * len(right) > _MAXIMUM_PAIRS:
        raise _too_large(len(left) * len(right))
    _step(len(left) * len(right))
    total: Polynomial = {}
    for one, a in left.items():
        for other, b in right.items():
            monomial = _product(one, other, schema)
            if monomial is not None:
                total[monomial] = total.get(monomial, Fraction(0)) + a * b
    return _limited(_without_zeros(total))


def without_constant(terms: Polynomial) -> tuple[Polynomial, Fraction]:
    """The polynomial less its constant, and the constant: spread does not depend on it."""
    rest = {monomial: coefficient for monomial, coefficient in terms.items() if monomial}
    return rest, terms.get((), Fraction(0))


def combination(terms: Polynomial, schema: Schema) -> Combination:
    """The sum over all rows of a polynomial, as a combination of moments.

    Raises:
        Refused: `plan-degree`, naming the columns that would have to be multiplied.
    """
    _step(len(terms))
    declared = frozenset(schema.products)
    return {_moment(monomial, declared): value for monomial, value in terms.items()}


def _column(name: str, schema: Schema) -> Polynomial:
    match schema.column(name):
        case NumericColumn() as column:
            return _without_zeros({(): column.midpoint, (Numeric(name),): column.half_range})
        case BooleanColumn():
            return {(Boolean(name),): Fraction(1)}
        case None:
            raise unknown_column(name, schema)
        case column:
            raise without_numbers(column)


def _product(left: Monomial, right: Monomial, schema: Schema) -> Monomial | None:
    """The product of two monomials; None when it is 0 in every row."""
    numeric = [factor for factor in (*left, *right) if isinstance(factor, Numeric)]
    idempotent = {factor for factor in (*left, *right) if not isinstance(factor, Numeric)}
    levels = [factor for factor in idempotent if isinstance(factor, Indicator)]
    if len(levels) > 1 and not schema.can_meet(levels):
        return None
    factors = tuple(sorted((*numeric, *idempotent), key=lambda factor: factor.id))
    if len(factors) > _MAXIMUM_FACTORS:
        raise _degree(factors)
    return factors


def _moment(monomial: Monomial, declared: frozenset[Product]) -> Moment:
    if not monomial:
        return (Validity(),)
    best = min(
        (in_order(encoded) for encoded in _pairings(list(monomial), declared)),
        key=lambda moment: (len(moment), moment_id(moment)),
    )
    if len(best) > MAXIMUM_DEGREE:
        raise _degree(monomial)
    return best


def _pairings(variables: list[Variable], declared: frozenset[Product]) -> Iterator[list[Factor]]:
    """Every way to write a product of variables, in order, with declared products."""
    if not variables:
        yield []
        return
    first, rest = variables[0], variables[1:]
    for encoded in _pairings(rest, declared):
        yield [first, *encoded]
    for position, other in enumerate(rest):
        if Product(*sorted((first.column, other.column))) in declared:
            for encoded in _pairings(rest[:position] + rest[position + 1 :], declared):
                yield [crossed(first, other), *encoded]


def _degree(factors: Monomial) -> Refused:
    names = ", ".join(_name(factor) for factor in factors)
    return Refused(
        "plan-degree",
        f"It multiplies {len(factors)} encrypted columns ({names}); the engine opens sums of "
        f"products of at most {MAXIMUM_DEGREE}.",
        "Drop a factor, or ask the owner to declare a product of two of the columns.",
    )


def _name(factor: Variable) -> str:
    if isinstance(factor, Indicator):
        return f'{factor.column} is "{factor.level}"'
    return factor.column


def _step(count: int) -> None:
    left = _STEPS_LEFT.get()
    if left is None:
        return
    if count > left:
        raise Refused(
            "plan-too-large",
            "Writing the plan out takes more steps than a plan may have.",
            "Ask for smaller expressions, or split the statistics over several jobs.",
        )
    _STEPS_LEFT.set(left - count)


def _limited(terms: Polynomial) -> Polynomial:
    if len(terms) > _MAXIMUM_TERMS:
        raise _too_large(len(terms))
    for coefficient in terms.values():
        size = coefficient.numerator.bit_length() - coefficient.denominator.bit_length()
        if abs(size) > _MAXIMUM_EXPONENT:
            raise _coefficient("large" if size > 0 else "small")
    return terms


def _coefficient(size: str) -> Refused:
    return Refused(
        "plan-coefficient",
        f"An expression has a coefficient too {size} to compute with, expected 10^-100 to 10^100.",
        "Multiply by fewer or more moderate constants; scale the answer yourself.",
    )


def _too_large(terms: int) -> Refused:
    return Refused(
        "plan-too-large",
        f"An expression has {terms} terms, expected at most {_MAXIMUM_TERMS}.",
        "Ask for smaller expressions, in several statistics.",
    )


def _without_zeros(terms: Polynomial) -> Polynomial:
    return {monomial: coefficient for monomial, coefficient in terms.items() if coefficient}
