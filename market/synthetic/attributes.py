"""Columns as a model sees them: a few cells each, and how a cell becomes a value again.

Levels("health", ("good", "poor", "OTHER"))     a categorical column's levels
Truth("child")                                  false, then true
Bins("visits", ("0", "2", "10"))                a numeric column's bins, by their edges
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from market.plan.bins import bin_levels

Codes = NDArray[np.int64]
"""Positions of cells: of one column, or one row for each row of a table, one column for each."""

_STEPS_IN_A_BIN = 1_000


@dataclass(frozen=True, slots=True)
class Levels:
    """A categorical column; its values are texts."""

    name: str
    levels: tuple[str, ...]

    @property
    def cells(self) -> tuple[str, ...]:
        return self.levels

    def values(self, codes: Codes, _generator: np.random.Generator) -> NDArray[Any]:
        return np.array(self.levels, dtype=object)[codes]


@dataclass(frozen=True, slots=True)
class Truth:
    """A boolean column."""

    name: str

    @property
    def cells(self) -> tuple[str, ...]:
        return ("false", "true")

    def values(self, codes: Codes, _generator: np.random.Generator) -> NDArray[np.bool_]:
        return codes.astype(bool)


@dataclass(frozen=True, slots=True)
class Bins:
    """A numeric column, by the edges of its bins, as its owner declared them.

    Nothing is known of a value but its bin, so values are spread evenly over it, and rounded to
    about a thousandth of the narrowest.
    """

    name: str
    edges: tuple[str, ...]

    @property
    def cells(self) -> tuple[str, ...]:
        return bin_levels(self.edges)

    def values(self, codes: Codes, generator: np.random.Generator) -> NDArray[np.float64]:
        edges = np.array(list(map(float, self.edges)))
        low, width = edges[:-1][codes], np.diff(edges)
        spread = low + generator.random(len(codes)) * width[codes]
        decimals = math.ceil(-math.log10(float(width.min()) / _STEPS_IN_A_BIN))
        # Rounded up to an edge, a value would lie in the next bin.
        return np.clip(np.round(spread, decimals), low, np.nextafter(edges[1:][codes], low))


Attribute = Levels | Truth | Bins


def values_of(
    attributes: Sequence[Attribute], codes: Codes, generator: np.random.Generator
) -> dict[str, NDArray[Any]]:
    """The columns of a table by their names, of the owner's types.

    Args:
        codes: shape (rows, columns).
    """
    return {
        attribute.name: attribute.values(codes[:, place], generator)
        for place, attribute in enumerate(attributes)
    }
