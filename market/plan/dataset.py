"""The face of a dataset in a buyer's program: like a data frame, but lazy and without rows.

    def build(ds):
        women = ds[ds["sex"] == "female"]
        men = ds[ds["sex"] == "male"]
        return {
            "rows": ds.count(),
            "visits": ds["visits"].mean(),
            "health": ds["health"].histogram(),
            "visits_by_health": ds.group_by("health")["visits"].mean(),
            "gap": women["visits"].mean() - men["visits"].mean(),
            "together": ds["visits"].correlation(ds["disease"]),
        }

Rules: market.plan.refusals and market.plan.quantity; every refusal has a stable name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NoReturn, cast, get_args

from market.errors import Refused
from market.plan.asked import AskedStatistic, ask
from market.plan.binned_number import BinnedNumber
from market.plan.category import Category
from market.plan.conditions import no_condition, rows_where
from market.plan.date_parts import DateParts
from market.plan.expression import Column, Constant
from market.plan.keys import levels_of
from market.plan.models import AsksModels
from market.plan.named_columns import unknown_column, without_numbers
from market.plan.quantity import Quantity, leaf
from market.plan.refusals import rows_refused
from market.plan.rows import ALL, Rows
from market.plan.schema import (
    CategoricalColumn,
    DateColumn,
    NumericColumn,
    Schema,
    is_only_summed,
    keys_of,
)
from market.plan.statistics import Contingency, Count, Synthesize
from market.plan.statistics.group_by import MAXIMUM_KEYS
from market.plan.statistics.synthesize import MAXIMUM_ROWS, SynthesisMethod

_METHODS: tuple[str, ...] = get_args(SynthesisMethod)

Face = Quantity | Category | DateParts
"""A column in a program."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Dataset(AsksModels):
    """What a program gets: the schema, as something to ask questions of."""

    schema: Schema
    rows: Rows = ALL

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the owner's columns."""
        return tuple(column.name for column in self.schema.columns)

    @property
    def keys(self) -> tuple[str, ...]:
        """Names of what has levels that can be multiplied: columns, and parts of dates."""
        multiplied = (column for column in self.schema.columns if not is_only_summed(column))
        return tuple(key for column in multiplied for key in keys_of(column))

    def levels(self, column: str) -> tuple[str, ...]:
        """The levels of a key. A date's parts have OTHER, and a category that is not complete."""
        return tuple(levels_of(column, self.schema))

    def count(self) -> AskedStatistic:
        """Number of rows."""
        return ask(Count(), self.schema, self.rows)

    def contingency(self, *keys: str | Sequence[str]) -> AskedStatistic:
        """All two-way tables of these keys, or of all there are, in one question."""
        columns = _key_names(keys) or self.keys
        try:
            return ask(Contingency(columns), self.schema, self.rows)
        except ValueError as error:
            raise _keys_refused(f"{error}") from error

    def synthesize(
        self,
        rows: int | None = None,
        columns: Sequence[str] | None = None,
        target: str | None = None,
        method: str = "junction-tree",
    ) -> AskedStatistic:
        """All counts of levels, and of pairs of levels, that synthetic rows are made of.

        Args:
            rows: how many; as many as there are, if not given.
            columns: which keys; all there are, if not given.
            target: the column that the others are to predict.
            method: how rows are made: junction-tree, mwem or independent.
        """
        chosen = self.keys if columns is None else _names(columns)
        if method not in _METHODS:
            raise _synthesis_refused(f"by the method {method!r:.60}")
        if rows is not None and type(rows) is not int:
            raise _synthesis_refused(f"for {rows!r:.60} rows")
        try:
            asked = Synthesize(chosen, rows, target, cast(SynthesisMethod, method))
        except ValueError as error:
            raise _synthesis_refused(f"for {error}") from error
        return ask(asked, self.schema, self.rows)

    def score(self, weights: Mapping[str, object], intercept: object = 0) -> Quantity:
        """A linear model's score of each row: a weight for each number or boolean column, and for
        a categorical column a mapping from all its levels to weights.

        Its mean is the average score; `score * score` is a polynomial of degree two.
        """
        total = leaf(self.schema, Constant("0"), self.rows) + intercept
        for name, weight in weights.items():
            column = _column(_name(name), self.schema, self.rows)
            total = total + _weighed(column, weight)
        return total

    def where(self, condition: Quantity) -> Dataset:
        """The rows in which a condition holds; nobody learns which they are.

        Raises:
            Refused: `plan-condition` when it is a number, `plan-rows` when it is something else.
        """
        if not isinstance(condition, Quantity):
            raise no_condition()
        if condition.rows not in (ALL, self.rows):
            raise Refused(
                "plan-other-rows",
                "A condition is of other rows than those it filters.",
                "Write the condition of the dataset itself.",
            )
        rows_where(condition.expression(), self.schema)
        return replace(self, rows=self.rows.narrowed(condition.expression()))

    def group_by(self, *keys: str | Sequence[str]) -> Grouped:
        """The rows of each level of a key, or of each pair of two keys; they stay encrypted."""
        names = _key_names(keys)
        for name in names:
            levels_of(name, self.schema)
        if not 1 <= len(names) <= MAXIMUM_KEYS or len(set(names)) != len(names):
            raise _keys_refused(f"{len(names)} keys")
        return Grouped(self.schema, replace(self.rows, keys=names))

    def __getitem__(self, name: object) -> Face | Dataset:
        if isinstance(name, Quantity):
            return self.where(name)
        return _column(_name(name), self.schema, self.rows)

    def __getattr__(self, name: str) -> NoReturn:
        if self.schema.column(name) is not None:
            raise Refused(
                "plan-method",
                f"{name} is a column of the dataset, and no attribute.",
                f'Write ds["{name}"].',
            )
        AsksModels.__getattr__(self, name)

    def __repr__(self) -> str:
        return "the dataset"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Grouped(AsksModels):
    """A dataset split by the levels of one key or several."""

    schema: Schema
    rows: Rows

    def count(self) -> AskedStatistic:
        """Number of rows of each group."""
        return ask(Count(), self.schema, self.rows)

    def __getitem__(self, of: object) -> Face:
        if not isinstance(of, Quantity):
            return _column(_name(of), self.schema, self.rows)
        if of.rows not in (ALL, replace(self.rows, keys=())):
            raise Refused(
                "plan-other-rows",
                "A number is of other rows than those that are grouped.",
                "Filter first, then group, and take columns from what is left.",
            )
        return replace(of, rows=self.rows)

    def __repr__(self) -> str:
        return "a grouped dataset"


def _weighed(column: Face, weight: object) -> Quantity:
    if isinstance(column, Quantity):
        return column * weight
    if isinstance(column, DateParts):
        raise without_numbers(column.column)
    if isinstance(weight, Mapping):
        return column.map(weight)
    raise Refused(
        "plan-categorical",
        f"Column {column.name} is categorical, and has one weight.",
        "Give a weight for each of its levels.",
    )


def _column(name: str, schema: Schema, rows: Rows) -> Face:
    match schema.column(name):
        case NumericColumn(bins=bins) if bins:
            return BinnedNumber(schema, (Column(name),), nodes=1, depth=1, rows=rows)
        case DateColumn() as column:
            return DateParts(schema, column, rows)
        case None if schema.levels(name) is None:
            raise unknown_column(name, schema)
        case CategoricalColumn() | None:
            return Category(schema, name, rows)
        case _:
            return leaf(schema, Column(name), rows)


def _key_names(keys: Sequence[object]) -> tuple[str, ...]:
    """Names as they are written: one after the other, or in one list."""
    if len(keys) == 1 and isinstance(keys[0], list | tuple):
        keys = keys[0]
    return tuple(map(_name, keys))


def _name(key: object) -> str:
    if not isinstance(key, str):
        raise rows_refused()
    return key


def _names(columns: object) -> tuple[str, ...]:
    if isinstance(columns, str) or not isinstance(columns, Sequence):
        raise _synthesis_refused(f"of {columns!r:.60}")
    return tuple(map(_name, columns))


def _synthesis_refused(seen: str) -> Refused:
    return Refused(
        "plan-synthesis",
        f"Synthetic rows are asked for {seen}.",
        f"Write synthesize(rows=..., columns=[...], target=..., method=...): 1 to {MAXIMUM_ROWS} "
        f"rows, two or more distinct keys, one of them the target, {' or '.join(_METHODS)}.",
    )


def _keys_refused(seen: str) -> Refused:
    return Refused(
        "plan-keys",
        f"A table is asked for by {seen}.",
        f"Name distinct keys: 1 to {MAXIMUM_KEYS} to group by, 2 or more for contingency tables.",
    )
