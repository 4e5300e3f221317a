"""Groups of rows, split further by the levels of keys."""

from __future__ import annotations

from collections.abc import Sequence

from market.plan.keys import levels_of
from market.plan.polynomial import multiply
from market.plan.schema import Schema
from market.plan.statistics.contract import Groups


def split(groups: Groups, keys: Sequence[str], schema: Schema) -> Groups:
    """Each group's rows by the levels of each key, which stand behind the group's labels.

    Raises:
        Refused: `plan-column`, `plan-not-categorical`; `plan-degree`, `plan-too-large`.
    """
    for key in keys:
        levels = levels_of(key, schema)
        groups = {
            (*labels, level): multiply(rows, having, schema)
            for labels, rows in groups.items()
            for level, having in levels.items()
        }
    return groups
