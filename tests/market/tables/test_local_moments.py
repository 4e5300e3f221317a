"""A member's own sums: what row by row in plain Python gives, however rows are batched."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies.plans import Case, as_columns, cases
from world.builders import a_schema

from crypto.errors import ParameterError
from market.plan.factors import Indicator, Moment, Numeric, Validity
from market.plan.lowered import lower
from market.tables.coded_rows import CodedRows
from market.tables.contributions import CountedInMemory
from market.tables.encode import Encoder
from market.tables.local_moments import local_moments
from market.tables.table import batch_of

UNIT = 1 << 30


def coded(case: Case) -> CodedRows:
    encoder = Encoder(case.schema, CountedInMemory())
    return encoder.encode(batch_of(as_columns(case.rows), case.schema))


def row_by_row(rows: CodedRows, moments: Sequence[Moment], unit: int) -> list[int]:
    """Python's own numbers: the product of a row's values, rounded half to even, added."""
    columns = {factor.id: rows.encoded(factor).tolist() for moment in moments for factor in moment}
    return [
        sum(
            round(math.prod(columns[factor.id][row] for factor in moment) * unit)
            for row in range(rows.rows)
        )
        for moment in moments
    ]


@settings(max_examples=80)
@given(cases(), st.sampled_from((UNIT, 1 << 26, 1)))
def test_sums_are_those_of_every_row_rounded(case: Case, unit: int) -> None:
    rows, moments = coded(case), lower(case.plan, case.schema).moments
    sums = local_moments(case.schema, moments, [rows], unit)
    assert sums.dtype == np.int64
    assert sums.tolist() == row_by_row(rows, moments, unit)


@settings(max_examples=40)
@given(cases(), st.lists(st.integers(0, 30), max_size=4))
def test_batches_do_not_matter(case: Case, cuts: list[int]) -> None:
    rows, moments = coded(case), lower(case.plan, case.schema).moments
    edges = [0, *sorted(min(cut, rows.rows) for cut in cuts), rows.rows]
    parts = [rows[first:last] for first, last in pairwise(edges)]
    whole = local_moments(case.schema, moments, [rows], UNIT)
    assert local_moments(case.schema, moments, parts, UNIT).tolist() == whole.tolist()


def test_one_row_moves_a_sum_by_at_most_a_unit() -> None:
    schema = a_schema()
    codes = {"age": -1.0, "cost": 1.0, "region": 2.0, "insured": 1.0}
    row = CodedRows(schema, 1, {name: np.array([code]) for name, code in codes.items()})
    moments: list[Moment] = [
        (Validity(),),
        (Numeric("age"),),
        (Numeric("age"), Numeric("cost")),
        (Indicator("region", "OTHER"),),
        (Indicator("region", "north"), Numeric("cost")),
    ]
    assert local_moments(schema, moments, [row], UNIT).tolist() == [UNIT, -UNIT, -UNIT, UNIT, 0]


def test_levels_of_one_column_exclude_each_other() -> None:
    schema = a_schema()
    row = CodedRows(schema, 1, {"region": np.array([1.0])})
    both = (Indicator("region", "north"), Indicator("region", "south"))
    twice = (Indicator("region", "south"), Indicator("region", "south"))
    assert local_moments(schema, [both, twice], [row], UNIT).tolist() == [0, UNIT]


def test_no_rows_sum_to_nothing() -> None:
    schema = a_schema()
    nobody = CodedRows(schema, 0, {"age": np.zeros(0), "region": np.zeros(0)})
    moments: list[Moment] = [(Numeric("age"),), (Indicator("region", "north"),)]
    assert local_moments(schema, moments, [nobody], UNIT).tolist() == [0, 0]
    assert local_moments(schema, moments, [], UNIT).tolist() == [0, 0]


def test_sums_stay_exact_where_a_batch_is_beyond_what_doubles_hold() -> None:
    schema = a_schema(capacity_rows=1 << 12)
    rows = 1 << 11
    # 2^50 odd steps of 2^-50 a row: a sum in doubles would lose its last bits after eight rows.
    value = 1 - 2.0**-50
    batch = CodedRows(schema, rows, {"age": np.full(rows, value)})
    unit = 1 << 50
    assert local_moments(schema, [(Numeric("age"),)], [batch], unit).tolist() == [rows * (unit - 1)]


def test_capacity_whose_sums_do_not_fit_is_refused() -> None:
    with pytest.raises(ParameterError, match="no int64 sum"):
        local_moments(a_schema(capacity_rows=1 << 30), [(Validity(),)], [], 1 << 33)
