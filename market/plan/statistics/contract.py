"""What every statistic brings along, and the values that pass between it and the readers of a plan.

    over      the sums it needs over the rows of each group, before anything is opened
    finish    from those sums, opened, to all its numbers together

`Asked` is the whole of it: market.plan.statistics holds its union's members against it, so mypy
refuses one that lacks a word. As every statistic is asked over groups of rows, each works under a
filter and at each level of a key without knowing of either.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Protocol, Self

from market.plan.factors import Moment
from market.plan.polynomial import ONE, Combination, Polynomial
from market.plan.ranges import ANY, Range
from market.plan.schema import Column, Schema
from market.plan.uncertain import Uncertain

Labels = tuple[str, ...]
"""What tells one number of an answer from the others: levels, outermost key first, then terms."""

Groups = Mapping[Labels, Polynomial]
"""Groups of rows by their labels: a polynomial that is 1 in the rows of the group, else 0."""

ALL_ROWS: Groups = {(): ONE}
"""One group without a label."""

Value = tuple[Uncertain | None, str]
"""A number, or None where noise left nothing to give; and a note that says so, or is empty."""


@dataclass(frozen=True, slots=True)
class Part:
    """Sums over some of the rows, from which a statistic computes one number or several.

    Attributes:
        labels: of the group whose rows these are, and what the statistic tells its parts by.
        sums: combinations of moments, in the order the statistic chose. None at all when what it
            computes from them is the same whatever the data: then nothing is opened for it.
        offset: the constant that was taken out of the values before they were summed.
        edges: of the bins of a number, when the sums count the rows in each: one more than sums.
        range: of the number that is computed from them, by the schema; of a sum, in one table.
    """

    labels: Labels
    sums: tuple[Combination, ...]
    offset: Fraction = Fraction(0)
    edges: tuple[Fraction, ...] = ()
    range: Range = ANY

    @property
    def moments(self) -> tuple[Moment, ...]:
        """The moments that must be opened for it, each once."""
        return tuple(dict.fromkeys(moment for one in self.sums for moment in one))


@dataclass(frozen=True, slots=True)
class Total:
    """A part once its moments are opened: its sums, each with its error."""

    labels: Labels
    sums: tuple[Uncertain, ...]
    offset: Fraction
    edges: tuple[Fraction, ...] = ()
    range: Range = ANY


@dataclass(frozen=True, slots=True)
class Number:
    """One number of an answer as noise left it; without a value the note says why, and what to do.

    Attributes:
        range: where it can lie whatever the data; of what is linear, in one table.
        is_linear: whether it is a sum of its sums, each times a constant: then what holds among
            sums holds among such numbers.
    """

    labels: Labels
    value: Uncertain | None
    note: str
    range: Range = ANY
    is_linear: bool = False


class Asked(Protocol):
    """A statistic: a frozen dataclass whose `tag` is a Literal of its own."""

    plural: ClassVar[str]
    """What the pages call several of them: `means`."""

    @property
    def tag(self) -> str: ...

    @property
    def words(self) -> str:
        """The statistic for a person, by the owner's column names: `mean of visits`."""
        ...

    def unit(self, schema: Schema) -> str:
        """The unit of its numbers, as far as the owner declared one; "" when they have none."""
        ...

    def over(self, groups: Groups, schema: Schema) -> tuple[Part, ...]:
        """The sums it needs over the rows of each group: as many parts for one group as for any
        other, those of one group together, each with the group's labels first.

        Raises:
            Refused: a `plan-...` rule, when the schema or the engine cannot answer it.
        """
        ...

    def finish(self, totals: Sequence[Total]) -> tuple[Number, ...]:
        """All its numbers, from its parts in their order; it never raises, whatever noise made.

        A number is what noise made of it, with its possible range beside it: who answers cuts it
        there (market.plan.answers). One that is not defined (a ratio over 0) is None, and the note
        says so, and what to do. Errors are to first order (market.plan.uncertain), except where the
        slope has no bound: a root takes `bounded_root`, so that it has an error at 0 too.
        """
        ...

    @classmethod
    def examples(cls, columns: Sequence[Column]) -> Iterator[Self]:
        """One of each that a program may ask of plain columns, with no arithmetic."""
        ...
