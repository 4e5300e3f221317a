"""A numeric column with bins in a buyer's program: a number, and a key whose levels are its bins.

    ds["age"].histogram()
    ds[ds["age"] >= 20]                 at an edge of the bins: a condition
    ds["age"].between(20, 65)           from an edge to another: 20 is in it, 65 is not

Of a row its bin is known to the plan and nothing finer, so a comparison is with an edge: any other
is refused (plan-comparison), and the edges are named. The last bin has its upper edge, the bound to
which larger values are clipped: up to the bound means with it, and below the bound cannot be told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NoReturn

from market.errors import Refused
from market.plan.asked import AskedStatistic
from market.plan.decimals import decimal_text, fraction_of
from market.plan.expression import Column, Level
from market.plan.quantity import Quantity, leaf
from market.plan.schema import NumericColumn
from market.plan.statistics import Ecdf, Histogram, InterquartileRange, Proportions, Quantile
from market.plan.top_levels import top_of


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class BinnedNumber(Quantity):
    """A column as its owner declared it: what is computed from it is a Quantity without bins."""

    def histogram(self) -> AskedStatistic:
        """Number of rows in each bin."""
        return self._asked(Histogram(self._declared.name))

    def proportions(self) -> AskedStatistic:
        """Share of rows in each bin, from 0 to 1."""
        return self._asked(Proportions(self._declared.name, "one"))

    def percentages(self) -> AskedStatistic:
        """Share of rows in each bin, from 0 to 100."""
        return self._asked(Proportions(self._declared.name, "percent"))

    def top(self, levels: int) -> AskedStatistic:
        """The bins that most rows lie in, and how many lie in each."""
        return self._asked(top_of(self._declared.name, levels))

    def median(self) -> AskedStatistic:
        """The value that half of the rows lie below."""
        return self.quantile(0.5)

    def quantile(self, *shares: object) -> AskedStatistic:
        """The value that a share of the rows lies below, or several: quantile(0.1, 0.9)."""
        given = shares[0] if len(shares) == 1 and isinstance(shares[0], list | tuple) else shares
        try:
            at = tuple(decimal_text(_number(share)) for share in given)
            asked = Quantile(self._declared.name, at)
        except (ValueError, ArithmeticError) as error:
            raise Refused(
                "plan-quantile",
                f"Quantiles are asked for at {given!r:.80}: {error}.",
                "Give shares of the rows above 0 and below 1, such as quantile(0.25, 0.75).",
            ) from error
        return self._asked(asked)

    def interquartile_range(self) -> AskedStatistic:
        """How far the middle half of the rows spreads."""
        return self._asked(InterquartileRange(self._declared.name))

    def ecdf(self) -> AskedStatistic:
        """The share of rows below each edge of the bins."""
        return self._asked(Ecdf(self._declared.name))

    def between(self, low: object, high: object) -> Quantity:
        """The condition that a row lies between two edges: at the lower one or above it, and below
        the upper one, unless that is the bound."""
        edges = self._declared.bins
        first, end = self._place(low, edges[:-1]), self._place(high, edges[1:]) + 1
        if first >= end:
            raise self._edges_refused(f"No bin lies between {low!r:.40} and {high!r:.40}.")
        return self._within(first, end)

    def __ge__(self, edge: object) -> Quantity:  # type: ignore[override]  # lazy, no bool
        """The condition that a row lies at an edge or above it."""
        edges = self._declared.bins
        return self._within(self._place(edge, edges[:-1]), len(edges) - 1)

    def __lt__(self, edge: object) -> Quantity:  # type: ignore[override]  # lazy, no bool
        """The condition that a row lies below an edge."""
        return self._within(0, self._place(edge, self._declared.bins[1:-1]) + 1)

    def _compared(self, _other: object) -> NoReturn:
        raise self._edges_refused(f"Of {self._declared.name} only its bins can be compared.")

    __le__ = __gt__ = _compared

    def _within(self, first: int, end: int) -> Quantity:
        ((key, levels),) = self._declared.levels_by_key.items()
        indicators = [leaf(self.schema, Level(key, one), self.rows) for one in levels[first:end]]
        return sum(indicators[1:], indicators[0])

    def _place(self, edge: object, edges: Sequence[str]) -> int:
        try:
            return [fraction_of(one) for one in edges].index(
                fraction_of(decimal_text(_number(edge)))
            )
        except (ValueError, ArithmeticError):
            raise self._edges_refused(f"{edge!r:.40} is none of its edges here.") from None

    def _edges_refused(self, seen: str) -> Refused:
        return Refused(
            "plan-comparison",
            seen,
            f"Compare {self._declared.name} by >=, < or between() with edges of its bins: "
            f"{', '.join(self._declared.bins)}.",
        )

    @property
    def _declared(self) -> NumericColumn:
        match self.terms:
            case (Column(name=name),):
                column = self.schema.column(name)
                if isinstance(column, NumericColumn):
                    return column
        raise TypeError("a binned number is a numeric column")


def _number(value: object) -> int | float | Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ValueError(f"{type(value).__name__} is not a number")
    return value
