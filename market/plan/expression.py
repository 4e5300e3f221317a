"""The plan language: frozen nodes with frozen tags, no I/O, no floats.

    Expression   Column | Constant | Level | Add | Multiply
    Statistic    Count | Sum | Mean | Variance | Histogram | Covariance | Correlation | GroupBy
    Plan         named statistics, the noise law, and a version

A tag is never reused for another meaning.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from crypto import canonical
from market import wire
from market.plan.decimals import fraction_of
from market.plan.schema import Schema

PLAN_TAG = "market/plan/1"
PLAN_VERSION = 1
STATISTIC_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
MAXIMUM_STATISTICS = 200
MAXIMUM_SHARE = 1_000


@dataclass(frozen=True, slots=True)
class Column:
    """A numeric or boolean column."""

    name: str
    tag: Literal["column"] = "column"


@dataclass(frozen=True, slots=True)
class Constant:
    """A public number, as a decimal string."""

    value: str
    tag: Literal["constant"] = "constant"

    def __post_init__(self) -> None:
        fraction_of(self.value)


@dataclass(frozen=True, slots=True)
class Level:
    """1 where a categorical column has the level, else 0."""

    column: str
    level: str
    tag: Literal["level"] = "level"


@dataclass(frozen=True, slots=True)
class Add:
    left: Expression
    right: Expression
    tag: Literal["add"] = "add"


@dataclass(frozen=True, slots=True)
class Multiply:
    left: Expression
    right: Expression
    tag: Literal["multiply"] = "multiply"


Expression = Column | Constant | Level | Add | Multiply


@dataclass(frozen=True, slots=True)
class Count:
    """Number of rows."""

    tag: Literal["count"] = "count"


@dataclass(frozen=True, slots=True)
class Sum:
    of: Expression
    tag: Literal["sum"] = "sum"


@dataclass(frozen=True, slots=True)
class Mean:
    of: Expression
    tag: Literal["mean"] = "mean"


@dataclass(frozen=True, slots=True)
class Variance:
    """Population variance: E[x^2] - E[x]^2."""

    of: Expression
    tag: Literal["variance"] = "variance"


@dataclass(frozen=True, slots=True)
class Histogram:
    """Number of rows at each level of a categorical column."""

    column: str
    tag: Literal["histogram"] = "histogram"


@dataclass(frozen=True, slots=True)
class Covariance:
    left: Expression
    right: Expression
    tag: Literal["covariance"] = "covariance"


@dataclass(frozen=True, slots=True)
class Correlation:
    """Pearson's correlation."""

    left: Expression
    right: Expression
    tag: Literal["correlation"] = "correlation"


@dataclass(frozen=True, slots=True)
class GroupBy:
    """A statistic at each level of a categorical column; the key stays encrypted."""

    column: str
    statistic: Sum | Mean | Variance
    tag: Literal["group_by"] = "group_by"


Statistic = Count | Sum | Mean | Variance | Histogram | Covariance | Correlation | GroupBy
NoiseLaw = Literal["gaussian", "laplace"]


@dataclass(frozen=True, slots=True)
class NamedStatistic:
    """A statistic, its name in the result, and its share of the job's rho."""

    name: str
    share: int
    statistic: Statistic

    def __post_init__(self) -> None:
        if not STATISTIC_NAME.fullmatch(self.name):
            raise ValueError(f"statistic name {self.name!r}: lower-case ASCII words expected")
        if not 1 <= self.share <= MAXIMUM_SHARE:
            raise ValueError(f"share is {self.share}, expected 1 to {MAXIMUM_SHARE}")


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be asked of one dataset."""

    version: int
    law: NoiseLaw
    statistics: tuple[NamedStatistic, ...]

    def __post_init__(self) -> None:
        if self.version != PLAN_VERSION:
            raise ValueError(f"plan version is {self.version}, expected {PLAN_VERSION}")
        names = [statistic.name for statistic in self.statistics]
        if not 1 <= len(names) <= MAXIMUM_STATISTICS or len(set(names)) != len(names):
            raise ValueError(f"1 to {MAXIMUM_STATISTICS} statistics of distinct names expected")


def plan_hash(plan: Plan, schema: Schema) -> str:
    """SHA-256 over tag, schema digest, version and canonical bytes: what everyone signs."""
    return canonical.digest(
        PLAN_TAG,
        {"plan": wire.to_json(plan), "schema": schema.digest(), "version": plan.version},
    )
