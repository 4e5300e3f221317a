"""What synthetic rows are made of: all counts of levels, and of pairs of levels.

Who asks gets noised counts like any others; the rows are made of them on the buyer's own machine
(market.synthetic), and cost no more privacy however many there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar, Literal, Self

from market.errors import Refused
from market.plan.keys import levels_of
from market.plan.moments import MAXIMUM_OUTPUTS
from market.plan.polynomial import Monomial
from market.plan.schema import Column, Schema
from market.plan.statistics.contingency import Contingency
from market.plan.statistics.contract import Groups, Number, Part, Total
from market.plan.statistics.count import Count
from market.plan.statistics.plain_columns import keys
from market.plan.statistics.split import split

SynthesisMethod = Literal["junction-tree", "mwem", "independent"]
MAXIMUM_ROWS = 10_000_000


@dataclass(frozen=True, slots=True)
class Synthesize:
    """One-way and two-way tables of the keys. A number is labelled by a key and its level, or by
    two keys and both levels.

    Attributes:
        rows: how many the buyer wants; None for as many as the table has, give or take noise.
        target: the column that the others are to predict, if any.
        method: how rows are made. Like the two above it opens nothing, and can still be changed
            when the counts are opened.
    """

    columns: tuple[str, ...]
    rows: int | None
    target: str | None
    method: SynthesisMethod
    tag: Literal["synthesize"] = "synthesize"

    plural: ClassVar[str] = "counts to make synthetic rows of"

    def __post_init__(self) -> None:
        if len(self.columns) < 2 or len(set(self.columns)) != len(self.columns):
            raise ValueError(f"{len(self.columns)} columns, expected two or more distinct ones")
        if self.rows is not None and not 1 <= self.rows <= MAXIMUM_ROWS:
            raise ValueError(f"{self.rows} rows, expected 1 to {MAXIMUM_ROWS}")
        if self.target is not None and self.target not in self.columns:
            raise ValueError(f"the target {self.target!r:.60}, expected one of the columns")

    @property
    def words(self) -> str:
        names = ", ".join(self.columns)
        return (
            f"to make synthetic rows: number of rows at each level of {names}, "
            "and at each pair of levels of two of them"
        )

    def unit(self, schema: Schema) -> str:
        return Count().unit(schema)

    def over(self, groups: Groups, schema: Schema) -> tuple[Part, ...]:
        """For each group n at each level of each key, then at each pair of levels."""
        _check_columns(self.columns, schema)
        pairs = Contingency(self.columns)
        return tuple(
            part
            for labels, rows in groups.items()
            for parts in (
                *(
                    Count().over(split({(*labels, key): rows}, (key,), schema), schema)
                    for key in self.columns
                ),
                pairs.over({labels: rows}, schema),
            )
            for part in parts
        )

    def finish(self, totals: Sequence[Total]) -> tuple[Number, ...]:
        return Count().finish(totals)

    @classmethod
    def examples(cls, columns: Sequence[Column]) -> Iterator[Self]:
        names = keys(columns)
        yield from (cls(pair, None, None, "junction-tree") for pair in combinations(names, 2))


def _check_columns(columns: Sequence[str], schema: Schema) -> None:
    """Say what is wrong with the columns before anything is written out."""
    encoded = {key: _encoded(key, schema) for key in columns}
    if len(set(encoded.values())) < len(columns):
        raise Refused(
            "plan-keys",
            f"Two of {', '.join(columns)} are the same column.",
            "Name each once: age and age.bin are both the bins of age.",
        )
    widths = {key: len(found) for key, found in encoded.items()}
    sums = _sums(widths)
    if sums <= MAXIMUM_OUTPUTS:
        return
    widest = sorted(widths, key=lambda key: -widths[key])
    fewest = next(n for n in range(1, len(widest) + 1) if _fits(widths, widest[n:]))
    named = ", ".join(f"{key} ({widths[key]} levels)" for key in widest[:fewest])
    raise Refused(
        "plan-too-wide",
        f"The levels of these {len(columns)} columns, and their pairs, are {sums} sums, expected "
        f"at most {MAXIMUM_OUTPUTS}.",
        f"Leave out the widest: {named}; or ask the owner for coarser levels.",
    )


def _encoded(key: str, schema: Schema) -> frozenset[Monomial]:
    """Encoded columns behind a key: one for each level, but one for the two of a boolean."""
    levels = levels_of(key, schema).values()
    return frozenset(monomial for rows in levels for monomial in rows if monomial)


def _sums(widths: dict[str, int]) -> int:
    total = sum(widths.values())
    return total + (total**2 - sum(width**2 for width in widths.values())) // 2


def _fits(widths: dict[str, int], kept: Sequence[str]) -> bool:
    return _sums({key: widths[key] for key in kept}) <= MAXIMUM_OUTPUTS
