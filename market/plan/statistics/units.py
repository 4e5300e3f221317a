"""Units of what is computed, from those the owner declared."""

from __future__ import annotations

from market.plan.expression import Column, Expression
from market.plan.schema import NumericColumn, Schema


def unit_of(expression: Expression, schema: Schema) -> str:
    """A plain column's unit; "" for anything computed."""
    column = schema.column(expression.name) if isinstance(expression, Column) else None
    return column.unit if isinstance(column, NumericColumn) else ""


def unit_of_product(left: str, right: str) -> str:
    """`(points)^2`, `points x metres`; "" unless both sides have one."""
    if not (left and right):
        return ""
    return f"({left})^2" if left == right else f"{left} x {right}"
