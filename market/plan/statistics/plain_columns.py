"""The columns of a table, as the examples of a statistic take them."""

from __future__ import annotations

from collections.abc import Sequence

from market.plan import schema
from market.plan.expression import Column, Expression, Level


def numbers(columns: Sequence[schema.Column]) -> list[Column]:
    """Those that are a number in each row: numeric and boolean ones."""
    return [Column(c.name) for c in columns if not isinstance(c, schema.CategoricalColumn)]


def keys(columns: Sequence[schema.Column]) -> list[str]:
    """Names of those that are a level in each row."""
    return [c.name for c in columns if not isinstance(c, schema.NumericColumn)]


def conditions(columns: Sequence[schema.Column]) -> list[Expression]:
    """Two or one of each that can be a filter: levels of a categorical column, a boolean one."""
    return [one for column in columns for one in _conditions(column)]


def _conditions(column: schema.Column) -> list[Expression]:
    match column:
        case schema.CategoricalColumn(name=name, all_levels=levels):
            return [Level(name, level) for level in levels[:2]]
        case schema.BooleanColumn(name=name):
            return [Column(name)]
        case schema.NumericColumn():
            return []
