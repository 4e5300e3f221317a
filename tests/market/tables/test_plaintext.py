"""The lowering, against pandas on the cleaned rows."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from strategies.plans import Case, as_columns, cases, clean_frame

from crypto.parameters import AGG
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
from market.tables.plaintext import plaintext_answers


def series(expression: Expression, frame: pd.DataFrame) -> pd.Series:
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


def direct(statistic: Statistic, frame: pd.DataFrame, schema: Schema) -> list[float]:
    """NaN where the rows leave nothing to compute."""
    match statistic:
        case Count():
            return [float(len(frame))]
        case Sum(of=of):
            return [series(of, frame).sum()]
        case Mean(of=of):
            return [series(of, frame).mean()]
        case Variance(of=of):
            return [series(of, frame).var(ddof=0)]
        case Covariance(left=left, right=right):
            return [covariance(series(left, frame), series(right, frame))]
        case Correlation(left=left, right=right):
            x, y = series(left, frame), series(right, frame)
            if len(frame) == 0 or min(x.var(ddof=0), y.var(ddof=0)) < 1e-6:
                return [math.nan]
            return [covariance(x, y) / math.sqrt(x.var(ddof=0) * y.var(ddof=0))]
        case Histogram(column=column):
            levels = categorical(column, schema).all_levels
            return [float((frame[column] == level).sum()) for level in levels]
        case GroupBy(column=column, statistic=inner):
            levels = categorical(column, schema).all_levels
            return [direct(inner, frame[frame[column] == level], schema)[0] for level in levels]


def covariance(x: pd.Series, y: pd.Series) -> float:
    return float(((x - x.mean()) * (y - y.mean())).mean()) if len(x) else math.nan


@settings(max_examples=60)
@given(cases())
def test_lowered_plan_answers_what_pandas_answers(case: Case) -> None:
    frame = clean_frame(case.rows, case.schema)
    found = plaintext_answers(case.plan, case.schema, as_columns(case.rows), AGG)
    for answer, named in zip(found, case.plan.statistics, strict=True):
        expected = direct(named.statistic, frame, case.schema)
        assert len(answer.cells) == len(expected)
        for cell, value in zip(answer.cells, expected, strict=True):
            if not math.isnan(value):
                assert cell.value == pytest.approx(value, rel=1e-7, abs=1e-6)
                assert cell.error_95 == 0


@settings(max_examples=22)
@given(cases())
def test_data_frame_and_mapping_encode_alike(case: Case) -> None:
    columns = as_columns(case.rows)
    by_mapping = plaintext_answers(case.plan, case.schema, columns, AGG)
    by_frame = plaintext_answers(case.plan, case.schema, pd.DataFrame(columns), AGG)
    for one, other in zip(by_mapping, by_frame, strict=True):
        assert np.array_equal(
            np.array([cell.value for cell in one.cells], dtype=float),
            np.array([cell.value for cell in other.cells], dtype=float),
            equal_nan=True,
        )
