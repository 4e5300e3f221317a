"""Conditions: expressions that are 0 or 1 in every row.

A condition is its own square, and in the algebra of market.plan.polynomial, where indicators and
booleans are their own squares too, that can be read off it: p is a condition where p·p is p.
"""

from __future__ import annotations

from market.errors import Refused
from market.plan.expression import Expression
from market.plan.polynomial import Polynomial, multiply, polynomial
from market.plan.schema import Schema


def no_condition() -> Refused:
    """The refusal of what is true or false of no row."""
    return Refused(
        "plan-condition",
        "A condition is expected, such as a comparison of a column with a level.",
        'Compare a categorical column with a level, as in ds["sex"] == "female", or take a '
        "boolean column; join conditions by &, | and ~.",
    )


def rows_where(condition: Expression, schema: Schema) -> Polynomial:
    """The rows in which a condition holds: 1 there, else 0.

    Raises:
        Refused: `plan-condition` when it is a number; what `polynomial` raises.
    """
    terms = polynomial(condition, schema)
    is_number = any(len(set(one)) != len(one) for one in terms)
    if is_number or multiply(terms, terms, schema) != terms:
        raise no_condition()
    return terms
