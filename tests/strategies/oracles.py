"""What the rows say of a statistic, computed the plain way: one oracle for each kind.

A statistic with a test file of its own, tests/market/plan/test_KIND.py, has its oracle there:

    def oracle(statistic: Proportion, frame: pd.DataFrame, schema: Schema) -> list[float]

It takes the cleaned rows and gives the value of every cell, NaN where the rows leave nothing to
compute.
"""

from __future__ import annotations

import math
import runpy
from collections.abc import Callable, Sequence
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from market.plan.expression import Add, Column, Constant, Expression, Level, Multiply
from market.plan.keys import levels_of
from market.plan.schema import Schema
from market.plan.statistics import (
    Contingency,
    Correlation,
    Count,
    Covariance,
    Difference,
    Ecdf,
    GroupBy,
    Histogram,
    InterquartileRange,
    Mean,
    Proportion,
    Proportions,
    Quantile,
    StandardDeviation,
    Statistic,
    Sum,
    Top,
    Variance,
    WeightedMean,
    Where,
)
from market.plan.statistics.cumulative import edges_of

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
            return (_levels(column, frame) == level).astype(float)
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


def _standard_deviation(
    asked: StandardDeviation, frame: pd.DataFrame, _schema: Schema
) -> list[float]:
    return [series(asked.of, frame).std(ddof=0)]


def _covariance(asked: Covariance, frame: pd.DataFrame, _schema: Schema) -> list[float]:
    return [_together(series(asked.left, frame), series(asked.right, frame))]


def _correlation(asked: Correlation, frame: pd.DataFrame, _schema: Schema) -> list[float]:
    x, y = series(asked.left, frame), series(asked.right, frame)
    if len(frame) == 0 or min(x.var(ddof=0), y.var(ddof=0)) < 1e-6:
        return [math.nan]
    return [_together(x, y) / math.sqrt(x.var(ddof=0) * y.var(ddof=0))]


def _weighted_mean(asked: WeightedMean, frame: pd.DataFrame, _schema: Schema) -> list[float]:
    weights = series(asked.weight, frame)
    if abs(weights.sum()) < 1e-6:
        return [math.nan]
    return [float((weights * series(asked.of, frame)).sum() / weights.sum())]


def _proportion(asked: Proportion, frame: pd.DataFrame, _schema: Schema) -> list[float]:
    return [_whole(asked.scale) * series(asked.of, frame).mean()]


def _proportions(asked: Proportions, frame: pd.DataFrame, schema: Schema) -> list[float]:
    groups = _groups((asked.column,), frame, schema)
    return [_whole(asked.scale) * len(g) / len(frame) if len(frame) else math.nan for g in groups]


def _histogram(asked: Histogram, frame: pd.DataFrame, schema: Schema) -> list[float]:
    return [float(len(group)) for group in _groups((asked.column,), frame, schema)]


def _top(asked: Top, frame: pd.DataFrame, schema: Schema) -> list[float]:
    counts = [float(len(group)) for group in _groups((asked.column,), frame, schema)]
    return sorted(counts, reverse=True)[: asked.levels]


def _ecdf(asked: Ecdf, frame: pd.DataFrame, schema: Schema) -> list[float]:
    edges = edges_of(asked.column, schema)[1:-1]
    below = [(frame[asked.column] < float(edge)).sum() for edge in edges]
    return [one / len(frame) if len(frame) else math.nan for one in below]


def _quantile(asked: Quantile, frame: pd.DataFrame, schema: Schema) -> list[float]:
    return [_quantile_at(asked.column, float(one), frame, schema) for one in asked.at]


def _interquartile_range(
    asked: InterquartileRange, frame: pd.DataFrame, schema: Schema
) -> list[float]:
    lower, upper = (_quantile_at(asked.column, one, frame, schema) for one in (0.25, 0.75))
    return [upper - lower]


def _quantile_at(column: str, share: float, frame: pd.DataFrame, schema: Schema) -> float:
    """Where the binned rows' distribution function, straight between edges, crosses a share: the
    middle of where it does when no row lies there."""
    edges = np.array([float(edge) for edge in edges_of(column, schema)])
    counts, _ = np.histogram(frame[column], edges)
    if not counts.sum():
        return math.nan
    below = np.concatenate([[0.0], np.cumsum(counts)])
    reached, passed = below >= share * counts.sum(), below > share * counts.sum()
    return float((_cross(edges, below, reached, share) + _cross(edges, below, passed, share)) / 2)


def _cross(edges: Any, below: Any, crossed: Any, share: float) -> float:
    at = int(np.argmax(crossed))
    part = (share * below[-1] - below[at - 1]) / (below[at] - below[at - 1])
    return float(edges[at - 1] + part * (edges[at] - edges[at - 1]))


def _contingency(asked: Contingency, frame: pd.DataFrame, schema: Schema) -> list[float]:
    tables = (_groups(pair, frame, schema) for pair in combinations(asked.columns, 2))
    return [float(len(group)) for groups in tables for group in groups]


def _group_by(asked: GroupBy, frame: pd.DataFrame, schema: Schema) -> list[float]:
    groups = _groups(asked.columns, frame, schema)
    return [value for group in groups for value in direct(asked.statistic, group, schema)]


def _where(asked: Where, frame: pd.DataFrame, schema: Schema) -> list[float]:
    chosen = series(asked.condition, frame) > 0.5 if len(frame) else slice(0)
    return direct(asked.statistic, frame[chosen], schema)


def _difference(asked: Difference, frame: pd.DataFrame, schema: Schema) -> list[float]:
    left, right = direct(asked.left, frame, schema), direct(asked.right, frame, schema)
    return [one - other for one, other in zip(left, right, strict=True)]


def _groups(keys: Sequence[str], frame: pd.DataFrame, schema: Schema) -> list[pd.DataFrame]:
    """The rows of each combination of levels, the last key's levels next to each other."""
    groups = [frame]
    for key in keys:
        levels = levels_of(key, schema)
        groups = [group[_levels(key, group) == level] for group in groups for level in levels]
    return groups


def _levels(key: str, frame: pd.DataFrame) -> pd.Series:
    """The level of each row: a boolean's is its word, a number's the bin it lies in."""
    column = frame[f"{key}.bin"] if f"{key}.bin" in frame else frame[key]
    return column.map({1.0: "true", 0.0: "false"}) if is_numeric_dtype(column) else column


def _whole(scale: str) -> float:
    return 100.0 if scale == "percent" else 1.0


def _together(x: pd.Series, y: pd.Series) -> float:
    return float(((x - x.mean()) * (y - y.mean())).mean()) if len(x) else math.nan


_ORACLES: dict[str, Oracle] = {
    "count": _count,
    "sum": _sum,
    "mean": _mean,
    "variance": _variance,
    "standard_deviation": _standard_deviation,
    "covariance": _covariance,
    "correlation": _correlation,
    "weighted_mean": _weighted_mean,
    "proportion": _proportion,
    "proportions": _proportions,
    "histogram": _histogram,
    "contingency": _contingency,
    "top": _top,
    "ecdf": _ecdf,
    "quantile": _quantile,
    "interquartile_range": _interquartile_range,
    "group_by": _group_by,
    "where": _where,
    "difference": _difference,
}
