"""The columns of a table, as the examples of a statistic take them."""

from __future__ import annotations

from collections.abc import Sequence

from market.plan import schema
from market.plan.expression import Column


def numbers(columns: Sequence[schema.Column]) -> list[Column]:
    """Those that are a number in each row: numeric and boolean ones."""
    return [Column(c.name) for c in columns if not isinstance(c, schema.CategoricalColumn)]


def keys(columns: Sequence[schema.Column]) -> list[str]:
    """Names of those that are a level in each row."""
    return [c.name for c in columns if isinstance(c, schema.CategoricalColumn)]
