"""From the cells of an opened answer to marginals, with the owner's names, types and levels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations, product

import numpy as np

from market.errors import Refused
from market.plan.answers import AnswerCell, sd_of
from market.plan.keys import levels_of
from market.plan.plan import NoiseLaw
from market.plan.schema import BooleanColumn, NumericColumn, Schema
from market.plan.statistics import Synthesize
from market.plan.statistics.contract import Labels
from market.synthetic.attributes import Attribute, Bins, Levels, Truth
from market.synthetic.marginals import Counts, Marginal, Marginals

_LEAST_SD = 1e-3
"""In rows: a count that no row can change has no noise, and weighs no more than this allows."""


def marginals_of(
    asked: Synthesize, schema: Schema, cells: Sequence[AnswerCell], law: NoiseLaw
) -> Marginals:
    """The marginals an answer holds.

    Raises:
        Refused: `synthetic-answer`: a count is missing; `synthetic-no-rows`.
    """
    found = {cell.labels: cell for cell in cells}
    attributes = tuple(_attribute(key, schema) for key in asked.columns)
    places = range(len(attributes))

    def marginal(columns: tuple[int, ...]) -> Marginal:
        chosen = {asked.columns[place]: attributes[place].cells for place in columns}
        return Marginal(columns, *_counts(chosen, found, law))

    return Marginals(
        attributes,
        tuple(marginal((place,)) for place in places),
        tuple(marginal(pair) for pair in combinations(places, 2)),
        None if asked.target is None else asked.columns.index(asked.target),
    )


def _attribute(key: str, schema: Schema) -> Attribute:
    match schema.column_of(key):
        case BooleanColumn():
            return Truth(key)
        case NumericColumn(name=name, bins=bins):
            return Bins(name, bins)
        case _:
            return Levels(key, tuple(levels_of(key, schema)))


def _counts(
    chosen: Mapping[str, Sequence[str]], found: Mapping[Labels, AnswerCell], law: NoiseLaw
) -> tuple[Counts, Counts]:
    """The counts of all combinations of levels of these keys, and their standard deviations."""
    shape = tuple(map(len, chosen.values()))
    counts, sd = np.zeros(shape), np.zeros(shape)
    for cell, levels in zip(np.ndindex(shape), product(*chosen.values()), strict=True):
        count = found.get((*chosen, *levels))
        if count is None or count.raw.value is None:
            raise Refused(
                "synthetic-answer",
                f"The answer has no count of {', '.join(levels)} of {', '.join(chosen)}.",
                "Open the result again: market result open.",
            )
        # Cut at 0 they would be too large on average, the more so the more levels are rare.
        counts[cell], sd[cell] = count.raw.value, max(sd_of(count.raw, law), _LEAST_SD)
    return counts, sd
