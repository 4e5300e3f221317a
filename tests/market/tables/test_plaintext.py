"""The lowering, against pandas on the cleaned rows."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from strategies.oracles import direct, oracle_of
from strategies.plans import Case, as_columns, cases, clean_frame

from crypto.parameters import PRODUCTS
from market.plan.statistics import KINDS
from market.tables.plaintext import plaintext_answers


@pytest.mark.parametrize("kind", KINDS)
def test_statistic_has_an_oracle(kind: str) -> None:
    assert callable(oracle_of(kind))


@settings(max_examples=60)
@given(cases())
def test_lowered_plan_answers_what_pandas_answers(case: Case) -> None:
    frame = clean_frame(case.rows, case.schema)
    found = plaintext_answers(case.plan, case.schema, as_columns(case.rows), PRODUCTS)
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
    by_mapping = plaintext_answers(case.plan, case.schema, columns, PRODUCTS)
    by_frame = plaintext_answers(case.plan, case.schema, pd.DataFrame(columns), PRODUCTS)
    for one, other in zip(by_mapping, by_frame, strict=True):
        assert np.array_equal(
            np.array([cell.value for cell in one.cells], dtype=float),
            np.array([cell.value for cell in other.cells], dtype=float),
            equal_nan=True,
        )
