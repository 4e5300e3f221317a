"""The face of a dataset in a buyer's program: like a data frame, but lazy and without rows.

    def build(ds):
        return {
            "rows": ds.count(),
            "visits": ds["visits"].mean(),
            "health": ds["health"].histogram(),
            "visits_by_health": ds.group_by("health")["visits"].mean(),
            "together": ds["visits"].correlation(ds["disease"]),
        }

Rules: market.plan.refusals and market.plan.quantity; every refusal has a stable name.
"""

from __future__ import annotations

from dataclasses import dataclass

from market.errors import Refused
from market.plan.category import Category
from market.plan.expression import Column, Expression
from market.plan.polynomial import categorical, unknown_column
from market.plan.quantity import AskedByGroup, AskedStatistic, Quantity, ask, leaf
from market.plan.refusals import WithoutArithmetic, WithoutItems, rows_refused
from market.plan.schema import CategoricalColumn, Schema
from market.plan.statistics import Count, Groupable, GroupBy, Histogram


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Dataset(WithoutArithmetic):
    """What a program gets: the schema, as something to ask questions of."""

    schema: Schema

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the owner's columns."""
        return tuple(column.name for column in self.schema.columns)

    def levels(self, column: str) -> tuple[str, ...]:
        """The declared levels of a categorical column, and OTHER."""
        return categorical(column, self.schema).all_levels

    def count(self) -> AskedStatistic:
        """Number of rows."""
        return ask(Count(), self.schema)

    def group_by(self, column: str) -> Grouped:
        """The rows of each level of a categorical column; the key stays encrypted."""
        return Grouped(self.schema, categorical(_name(column), self.schema).name)

    def __getitem__(self, name: object) -> Quantity | Category:
        column = self.schema.column(_name(name))
        if column is None:
            raise unknown_column(_name(name), self.schema)
        if isinstance(column, CategoricalColumn):
            return Category(self.schema, column.name)
        return leaf(self.schema, Column(column.name))

    def __repr__(self) -> str:
        return "the dataset"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Grouped(WithoutArithmetic):
    """A dataset split by the levels of one categorical column."""

    schema: Schema
    key: str

    def count(self) -> AskedStatistic:
        """Number of rows of each group."""
        return ask(Histogram(self.key), self.schema)

    def __getitem__(self, of: object) -> GroupedQuantity:
        value = of if isinstance(of, Quantity) else Dataset(self.schema)[of]
        if isinstance(value, Category):
            raise Refused(
                "plan-categorical",
                f"Column {value.name} is categorical: a group has no sum or mean of it.",
                f'Take one level, such as group_by("{self.key}")[ds["{value.name}"] == level].',
            )
        return GroupedQuantity(self.schema, self.key, value)

    def __repr__(self) -> str:
        return "a grouped dataset"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class GroupedQuantity(AskedByGroup, WithoutArithmetic, WithoutItems):
    """A number in each row of each group."""

    schema: Schema
    key: str
    of: Quantity

    def expression(self) -> Expression:
        """The number, in the rows of any group."""
        return self.of.expression()

    def _asked(self, statistic: Groupable) -> AskedStatistic:
        return ask(GroupBy(self.key, statistic), self.schema)

    def __repr__(self) -> str:
        return "a grouped expression"


def _name(key: object) -> str:
    if not isinstance(key, str):
        raise rows_refused()
    return key
