"""What the rows say of a statistic, computed the plain way: one oracle for each kind.

A statistic with a test file of its own, tests/market/plan/test_KIND.py, has its oracle there:

    def oracle(statistic: Proportion, frame: pd.DataFrame, schema: Schema) -> list[float]

It takes the cleaned rows and gives the value of every cell, NaN where the rows leave nothing to
compute.
"""

from __future__ import annotations

import math
import runpy
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from market.plan.expression import Add, Column, Constant, Expression, Level, Multiply
from market.plan.polynomial import categorical
from market.plan.schema import Schema
from market.plan.statistics import (
    Correlation,
    Count,
    Covariance,
    GroupBy,
    Histogram,
    Mean,
    Statistic,
    Sum,
    Variance,
)

Oracle = Callable[[Any, pd.DataFrame, Schema], list[float]]

OWN_TESTS = Path(__file__).parents[1] / "market/plan"


def direct(statistic: Statistic, frame: pd.DataFrame, schema: Schema) -> list[float]:
    """The values of all cells; NaN where the rows leave nothing to compute."""
    return oracle_of(statistic.tag)(statistic, frame, schema)


@cache
def oracle_of(kind: str) -> Oracle:
    """The oracle of a kind (raises LookupError, with where it is to be written)."""
    if kind in _ORACLES:
        return _ORACLES[kind]
    own = OWN_TESTS / f"test_{kind}.py"
    found = runpy.run_path(str(own)).get("oracle") if own.is_file() else None
    if found is None:
        raise LookupError(f"{kind} has no oracle: write `oracle` in tests/market/plan/{own.name}")
    return found


def series(expression: Expression, frame: pd.DataFrame) -> pd.Series:
    """An expression's value in each row."""
    match expression:
        case Constant(value=value):
            return pd.Series(float(value), index=frame.index)
        case Column(name=name):
            return frame[name].astype(float)
        case Level(column=column, level=level):
            return (frame[column] == level).astype(float)
        case Add(left=left, right=right):
            return series(left, frame) + series(right, frame)
        case Multiply(left=left, right=right):
            return series(left, frame) * series(right, frame)


def _count(_: Count, frame: pd.DataFrame, _schema: Schema) -> list[float]:
    return [float(len(frame))]


def _sum(asked: Sum, frame: pd.DataFrame, _schema: Schema) -> list[float]:
    return [series(asked.of, frame).sum()]


def _mean(asked: Mean, frame: pd.DataFrame, _schema: Schema) -> list[float]:
    return [series(asked.of, frame).mean()]


def _variance(asked: Variance, frame: pd.DataFrame, _schema: Schema) -> list[float]:
    return [series(asked.of, frame).var(ddof=0)]


def _covariance(asked: Covariance, frame: pd.DataFrame, _schema: Schema) -> list[float]:
    return [_together(series(asked.left, frame), series(asked.right, frame))]


def _correlation(asked: Correlation, frame: pd.DataFrame, _schema: Schema) -> list[float]:
    x, y = series(asked.left, frame), series(asked.right, frame)
    if len(frame) == 0 or min(x.var(ddof=0), y.var(ddof=0)) < 1e-6:
        return [math.nan]
    return [_together(x, y) / math.sqrt(x.var(ddof=0) * y.var(ddof=0))]


def _histogram(asked: Histogram, frame: pd.DataFrame, schema: Schema) -> list[float]:
    levels = categorical(asked.column, schema).all_levels
    return [float((frame[asked.column] == level).sum()) for level in levels]


def _group_by(asked: GroupBy, frame: pd.DataFrame, schema: Schema) -> list[float]:
    levels = categorical(asked.column, schema).all_levels
    groups = (frame[frame[asked.column] == level] for level in levels)
    return [direct(asked.statistic, group, schema)[0] for group in groups]


def _together(x: pd.Series, y: pd.Series) -> float:
    return float(((x - x.mean()) * (y - y.mean())).mean()) if len(x) else math.nan


_ORACLES: dict[str, Oracle] = {
    "count": _count,
    "sum": _sum,
    "mean": _mean,
    "variance": _variance,
    "covariance": _covariance,
    "correlation": _correlation,
    "histogram": _histogram,
    "group_by": _group_by,
}
