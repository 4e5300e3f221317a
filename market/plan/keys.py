"""What rows can be grouped and counted by: the levels of a key, and the rows that have each.

A key is a categorical column, the bins of a number (`age.bin`, or just `age`), the part of a date
(`admitted.year`), or a boolean column, whose levels are `true` and `false`.
"""

from __future__ import annotations

from fractions import Fraction

from market.plan.factors import Boolean, Indicator
from market.plan.polynomial import ONE, Polynomial, add, encoded_levels
from market.plan.schema import BooleanColumn, NumericColumn, Schema, keys_of


def levels_of(key: str, schema: Schema) -> dict[str, Polynomial]:
    """The levels of a key, in the owner's order, OTHER last: each a polynomial that is 1 in the
    rows that have it, else 0.

    Raises:
        Refused: `plan-column` when there is no such column, `plan-not-categorical` when it has no
            levels.
    """
    match schema.column(key):
        case BooleanColumn():
            is_true: Polynomial = {(Boolean(key),): Fraction(1)}
            is_false = add(ONE, {(Boolean(key),): Fraction(-1)})
            return {"true": is_true, "false": is_false}
        case NumericColumn(bins=bins) as column if bins:
            (key,) = keys_of(column)
    levels = encoded_levels(key, schema)
    return {level: {(Indicator(key, level),): Fraction(1)} for level in levels}
