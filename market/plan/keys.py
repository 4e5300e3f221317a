"""What rows can be grouped and counted by: the levels of a column, and the rows that have each.

A key is a categorical column, or a boolean one, whose levels are `true` and `false`.
"""

from __future__ import annotations

from fractions import Fraction

from market.errors import Refused
from market.plan.factors import Boolean
from market.plan.polynomial import ONE, Polynomial, add, level_indicator, unknown_column
from market.plan.schema import BooleanColumn, CategoricalColumn, NumericColumn, Schema


def levels_of(key: str, schema: Schema) -> dict[str, Polynomial]:
    """The levels of a key, in the owner's order, OTHER last: each a polynomial that is 1 in the
    rows that have it, else 0.

    Raises:
        Refused: `plan-column` when there is no such column, `plan-not-categorical` when it has no
            levels.
    """
    match schema.column(key):
        case CategoricalColumn() as column:
            return {level: level_indicator(key, level, schema) for level in column.all_levels}
        case BooleanColumn():
            is_true: Polynomial = {(Boolean(key),): Fraction(1)}
            is_false = add(ONE, {(Boolean(key),): Fraction(-1)})
            return {"true": is_true, "false": is_false}
        case NumericColumn():
            raise without_levels(key)
        case None:
            raise unknown_column(key, schema)


def without_levels(key: str) -> Refused:
    """The refusal to group or count by a number."""
    return Refused(
        "plan-not-categorical",
        f"Column {key} is numeric; a histogram, a group or a level needs a column with levels.",
        "Ask the owner for a binned version of the column.",
    )
