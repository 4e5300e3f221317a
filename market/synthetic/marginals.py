"""Noised counts of levels and of pairs of levels: all that a model of a table is made of."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from market.errors import Refused
from market.synthetic.attributes import Attribute

Counts = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Marginal:
    """How many rows have each combination of cells of one column, or of two.

    Attributes:
        columns: positions among the attributes, ascending.
        counts: with noise, so also below 0; one axis for each column.
        sd: of each count's noise, in rows; above 0, of the same shape.
    """

    columns: tuple[int, ...]
    counts: Counts
    sd: Counts

    @property
    def typical_sd(self) -> float:
        """The root of the mean of the squares."""
        return math.sqrt(float(np.mean(self.sd**2)))

    @property
    def shares(self) -> Counts:
        """The counts as shares of their total; those that noise carried below 0 are 0.

        Evenly spread when noise left nothing above 0.
        """
        return normalised(self.counts)

    def noise_distance(self, rows: float) -> float:
        """The total variation distance that noise alone is expected to put into the shares."""
        return float(self.sd.sum()) * math.sqrt(0.5 / math.pi) / rows


@dataclass(frozen=True, slots=True, eq=False)
class Marginals:
    """All of a table: `singles` in the order of the attributes, `pairs` as `combinations` has them.

    `target` is the position of the column that the others are to predict, where one is named.

    Raises:
        ValueError: a marginal is missing, out of its place or of another shape.
        Refused: `synthetic-no-rows`: the noised number of rows is below 1.
    """

    attributes: tuple[Attribute, ...]
    singles: tuple[Marginal, ...]
    pairs: tuple[Marginal, ...]
    target: int | None = None

    def __post_init__(self) -> None:
        places = range(len(self.attributes))
        wanted = [*((place,) for place in places), *combinations(places, 2)]
        found = [*self.singles, *self.pairs]
        if wanted != [marginal.columns for marginal in found]:
            raise ValueError(f"expected the marginals of {wanted}, each once and in this order")
        for marginal in found:
            shape = tuple(self.sizes[place] for place in marginal.columns)
            if marginal.counts.shape != shape or marginal.sd.shape != shape:
                raise ValueError(f"marginal {marginal.columns}: a shape other than {shape}")
            if not (np.isfinite(marginal.counts).all() and (marginal.sd > 0).all()):
                raise ValueError(f"marginal {marginal.columns}: a count or an error is no number")
        if self.rows < 1:
            raise Refused(
                "synthetic-no-rows",
                f"The noised number of rows is {self.rows:.6g}, expected 1 or more.",
                "Ask with a larger epsilon, or of more rows.",
            )

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many cells each column has."""
        return tuple(len(attribute.cells) for attribute in self.attributes)

    @property
    def rows(self) -> float:
        """The number of rows: each column's levels add up to it, those of less noise weigh more."""
        totals = [float(single.counts.sum()) for single in self.singles]
        weights = [1 / float((single.sd**2).sum()) for single in self.singles]
        return float(np.average(totals, weights=weights))

    def place(self, name: str) -> int:
        """The position of a column.

        Raises:
            Refused: `synthetic-column`.
        """
        names = [attribute.name for attribute in self.attributes]
        if name not in names:
            raise Refused(
                "synthetic-column",
                f"There is no column {name!r:.60} in what was opened.",
                f"Its columns are {', '.join(names)}.",
            )
        return names.index(name)

    def best_shares(self, place: int) -> Counts:
        """One column's shares, from its own counts and from those of its pairs.

        Each is weighed by its noise: a sum over many cells has more of it.
        """
        sums = [(self.singles[place].counts, self.singles[place].sd ** 2)]
        for pair in self.pairs:
            if place in pair.columns:
                other = 1 - pair.columns.index(place)
                sums.append((pair.counts.sum(axis=other), (pair.sd**2).sum(axis=other)))
        total = np.sum([counts / variance for counts, variance in sums], axis=0)
        weight = np.sum([1 / variance for _, variance in sums], axis=0)
        return normalised(total / weight)


def normalised(counts: Counts) -> Counts:
    """Shares that add up to 1, of counts of which those below 0 are taken for 0."""
    above = np.maximum(counts, 0.0)
    total = float(above.sum())
    return above / total if total > 0 else np.full(counts.shape, 1 / counts.size)


def distance(one: Counts, other: Counts) -> float:
    """Total variation distance of two arrays of shares, from 0 to 1."""
    return 0.5 * float(np.abs(one - other).sum())


def counted(codes: NDArray[np.int64], columns: tuple[int, ...], sizes: tuple[int, ...]) -> Counts:
    """How many rows of a table have each combination of cells of some columns."""
    shape = tuple(sizes[place] for place in columns)
    cells = np.ravel_multi_index([codes[:, place] for place in columns], shape)
    return np.bincount(cells, minlength=math.prod(shape)).reshape(shape).astype(np.float64)
