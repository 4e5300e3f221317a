"""The columns of a table, as the examples of a statistic take them."""

from __future__ import annotations

from collections.abc import Sequence

from market.plan import schema
from market.plan.expression import Column, Expression, Level


def numbers(columns: Sequence[schema.Column]) -> list[Column]:
    """Those that are a number in each row: numeric and boolean ones."""
    numeric = schema.NumericColumn | schema.BooleanColumn
    return [Column(column.name) for column in columns if isinstance(column, numeric)]


def keys(columns: Sequence[schema.Column]) -> list[str]:
    """Names of what is a level in each row."""
    return [key for column in columns for key in schema.keys_of(column)]


def binned(columns: Sequence[schema.Column]) -> list[str]:
    """Names of the numeric ones that have bins."""
    numeric = (column for column in columns if isinstance(column, schema.NumericColumn))
    return [column.name for column in numeric if column.bins]


def conditions(columns: Sequence[schema.Column]) -> list[Expression]:
    """Two or one of each that can be a filter: levels of a key, a boolean column."""
    return [one for column in columns for one in _conditions(column)]


def _conditions(column: schema.Column) -> list[Expression]:
    if isinstance(column, schema.BooleanColumn):
        return [Column(column.name)]
    some = ((key, levels[:2]) for key, levels in column.levels_by_key.items())
    return [Level(key, level) for key, levels in some for level in levels]
