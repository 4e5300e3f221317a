"""From the cells of an opened answer to marginals, with the owner's names, types and levels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np

from market.errors import Refused
from market.plan.answers import AnswerCell, sd_of
from market.plan.keys import levels_of
from market.plan.plan import NoiseLaw
from market.plan.schema import BooleanColumn, Schema
from market.plan.statistics import Synthesize
from market.plan.statistics.contract import Labels
from market.synthetic.attributes import Attribute, Levels, Truth
from market.synthetic.marginals import Marginal, Marginals

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
        return _marginal(columns, attributes, found, law)

    return Marginals(
        attributes,
        tuple(marginal((place,)) for place in places),
        tuple(marginal(pair) for pair in combinations(places, 2)),
        None if asked.target is None else asked.columns.index(asked.target),
    )


def _attribute(key: str, schema: Schema) -> Attribute:
    if isinstance(schema.column(key), BooleanColumn):
        return Truth(key)
    return Levels(key, tuple(levels_of(key, schema)))


def _marginal(
    columns: tuple[int, ...],
    attributes: Sequence[Attribute],
    found: Mapping[Labels, AnswerCell],
    law: NoiseLaw,
) -> Marginal:
    chosen = [attributes[place] for place in columns]
    names = tuple(attribute.name for attribute in chosen)
    shape = tuple(len(attribute.cells) for attribute in chosen)
    counts, sd = np.zeros(shape), np.zeros(shape)
    for cell in np.ndindex(shape):
        levels = tuple(one.cells[place] for one, place in zip(chosen, cell, strict=True))
        count = found.get((*names, *levels))
        if count is None or count.value is None:
            raise Refused(
                "synthetic-answer",
                f"The answer has no count of {', '.join(levels)} of {', '.join(names)}.",
                "Open the result again: market result open.",
            )
        counts[cell], sd[cell] = count.value, max(sd_of(count, law), _LEAST_SD)
    return Marginal(columns, counts, sd)
