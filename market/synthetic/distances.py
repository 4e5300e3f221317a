"""How far rows are from the counts they were made of, beside what noise alone accounts for."""

from __future__ import annotations

from dataclasses import dataclass

from market.synthetic.attributes import Codes
from market.synthetic.marginals import Marginals, counted, distance, normalised


@dataclass(frozen=True, slots=True)
class Distance:
    """Total variation distance, from 0 to 1, of one column's shares or of a pair's.

    Attributes:
        columns: their positions.
        found: between the rows and the opened counts.
        noise: expected between the opened counts and the data they were counted in.
    """

    columns: tuple[int, ...]
    found: float
    noise: float


def distances(marginals: Marginals, codes: Codes) -> tuple[Distance, ...]:
    """Those of every column, then of every pair."""
    return tuple(
        Distance(
            one.columns,
            distance(one.shares, normalised(counted(codes, one.columns, marginals.sizes))),
            one.noise_distance(marginals.rows),
        )
        for one in (*marginals.singles, *marginals.pairs)
    )
