"""The columns of a schema as a page lists them: names, ranges, levels, and how they spread.

What is drawn is what the owner declared of a column before anybody saw a row (reference shares,
mean and standard deviation); of a column without a reference nothing is drawn.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from statistics import NormalDist
from typing import Final

from market.plan.column_text import OTHER
from market.plan.decimals import fraction_of
from market.plan.schema import (
    BooleanColumn,
    CategoricalColumn,
    Column,
    DateColumn,
    NumericColumn,
    Schema,
)

SLICES: Final = 24
"""Bars of one distribution, at most."""
FEW_LEVELS: Final = 8
"""So many levels stand in a row as they are; longer lists are folded."""
_FULL: Final = 1_000
_NAMED_SHARES: Final = 3
_KINDS: Final = {
    "numeric": "number",
    "categorical": "category",
    "boolean": "yes or no",
    "date": "date",
}
_MISSING: Final = {
    "midpoint": "count as the middle of the bounds",
    "low": "count as the lower bound",
    "high": "count as the upper bound",
    "drop_row": "leave their row out",
    "false": "count as false",
    "other": f"count as {OTHER}, as days outside do",
    "level": f"count as {OTHER}, as unknown ones do",
    "drop_unknown": "leave their row out, as unknown ones do",
}
"""What missing values do, by the rule their owner chose."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """How a column spreads by its owner's word: bars in permille of the highest, and words."""

    bars: tuple[int, ...]
    words: str


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """One line of the table of columns.

    Attributes:
        values: the bounds, or the days; empty where there are levels.
        levels: all of them, in their order.
        note: what cannot be asked of it; empty where everything can.
        distribution: None where its owner declared none.
    """

    name: str
    kind: str
    meaning: str
    unit: str
    values: str
    levels: tuple[str, ...]
    note: str
    distribution: Distribution | None


def column_rows(schema: Schema) -> list[ColumnRow]:
    """Each column of the schema, in its order."""
    return [_row(column) for column in schema.columns]


def values_note(schema: Schema) -> str:
    """What becomes of values that are missing or out of bounds, once for all columns."""
    columns: dict[str, list[str]] = defaultdict(list)
    for column in schema.columns:
        columns[_missing_rule(column)].append(column.name)
    if len(columns) == 1:
        (rule,) = columns
        rules = f"{_MISSING[rule]}, in every column"
    else:
        rules = "; ".join(f"{_MISSING[one]} ({', '.join(of)})" for one, of in columns.items())
    is_clipped = any(isinstance(column, NumericColumn) for column in schema.columns)
    clipped = " Numbers outside their bounds are clipped to them." if is_clipped else ""
    return f"Missing values {rules}.{clipped}"


def distribution_of(column: Column) -> Distribution | None:
    """How a column spreads by its owner's word; None without one."""
    match column:
        case NumericColumn(reference_mean=str(mean), reference_sd=str(sd)):
            words = f"mean {mean}, standard deviation {sd}"
            return Distribution(_of_number(column, mean, sd), words)
        case CategoricalColumn(reference_shares=tuple(_)):
            return _of_levels(column)
        case _:
            return None


def _row(column: Column) -> ColumnRow:
    unit = column.unit if isinstance(column, NumericColumn) else ""
    is_summed = not isinstance(column, BooleanColumn) and column.only_summed
    return ColumnRow(
        column.name,
        _KINDS[column.tag],
        column.meaning,
        unit,
        _values(column),
        column.all_levels if isinstance(column, CategoricalColumn) else (),
        "only counted, never multiplied" if is_summed else "",
        distribution_of(column),
    )


def _values(column: Column) -> str:
    match column:
        case NumericColumn(bins=()):
            return f"{column.low} to {column.high}"
        case NumericColumn():
            return f"{column.low} to {column.high}, in bins at {', '.join(column.bins)}"
        case DateColumn():
            return f"{column.first} to {column.last}, by {', '.join(column.parts)}"
        case BooleanColumn():
            return "true or false"
        case CategoricalColumn():
            return ""


def _missing_rule(column: Column) -> str:
    if isinstance(column, CategoricalColumn):
        return "level" if column.other == "level" else "drop_unknown"
    return column.null


def _of_number(column: NumericColumn, mean: str, sd: str) -> tuple[int, ...]:
    low, width = fraction_of(column.low), 2 * column.half_range
    edges = [float(low + width * place / SLICES) for place in range(SLICES + 1)]
    below = [_share_below(edge, float(mean), abs(float(sd))) for edge in edges]
    # What lies outside is clipped, so it is in the outermost slices.
    below[0], below[-1] = 0.0, 1.0
    return _bars([right - left for left, right in pairwise(below)])


def _share_below(edge: float, mean: float, sd: float) -> float:
    return NormalDist(mean, sd).cdf(edge) if sd else float(mean < edge)


def _of_levels(column: CategoricalColumn) -> Distribution:
    by_share = sorted(zip(column.shares, column.all_levels, strict=True), key=lambda one: -one[0])
    named = [f"{level} {_percent(share)}" for share, level in by_share[:_NAMED_SHARES]]
    shares = list(map(float, column.shares))
    if len(shares) > SLICES:
        shares = [*(float(share) for share, _ in by_share[: SLICES - 1])]
        shares.append(1 - sum(shares))
    further = "" if len(by_share) <= _NAMED_SHARES else f" and {len(by_share) - _NAMED_SHARES} more"
    return Distribution(_bars(shares), ", ".join(named) + further)


def _percent(share: Fraction) -> str:
    return f"{float(100 * share):.3g} %"


def _bars(shares: list[float]) -> tuple[int, ...]:
    highest = max(shares)
    return tuple(round(_FULL * max(share, 0.0) / highest) for share in shares)
