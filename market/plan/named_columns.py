"""Refusals of a column that is named where it does not fit: each leads to what does."""

from __future__ import annotations

from market.errors import Refused
from market.plan.schema import BooleanColumn, CategoricalColumn, DateColumn, Schema, keys_of


def unknown_column(name: str, schema: Schema) -> Refused:
    """The refusal of a name the owner did not declare."""
    return Refused(
        "plan-column",
        f"The dataset has no column {name!r:.60}.",
        f"Its columns are {', '.join(column.name for column in schema.columns)}.",
    )


def without_levels(name: str, schema: Schema) -> Refused:
    """The refusal to group or count by a column that has no levels."""
    match schema.column(name):
        case None:
            return unknown_column(name, schema)
        case DateColumn() as column:
            action = f"Take one of its parts: {', '.join(keys_of(column))}."
        case BooleanColumn():
            action = f'Compare it with True or False: ds["{name}"] == True.'
        case _:
            action = f"Ask the owner to declare bins of {name}."
    return Refused(
        "plan-not-categorical",
        f"Column {name} has no levels; a histogram, a group or a level needs a column with some.",
        action,
    )


def without_numbers(column: CategoricalColumn | DateColumn) -> Refused:
    """The refusal to compute with a column that has levels and no numbers."""
    kind = "a date" if isinstance(column, DateColumn) else "categorical"
    key, levels = next(iter(column.levels_by_key.items()))
    return Refused(
        "plan-categorical",
        f"Column {column.name} is {kind}: it has levels, not numbers.",
        f'Compare it with one level, such as ds["{key}"] == "{levels[0]}".',
    )
