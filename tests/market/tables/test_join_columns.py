"""What is dealt of a joined table: each person once, each cell within its bits."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from world.builders import a_schema

from market.plan.factors import Boolean, Indicator, Numeric, Validity
from market.plan.schema import PrivacyUnit
from market.tables.coded_rows import CodedRows
from market.tables.contributions import CountedInMemory
from market.tables.encode import Encoder
from market.tables.join_columns import LARGEST_CODE, bits_of, code_cells, join_columns
from market.tables.table import batch_of

SCHEMA = a_schema(privacy_unit=PrivacyUnit("person", 1, "a patient"))
TABLE = {
    "person": ["0007", " 7 ", "p2", "P3", None, "p3.0"],
    "age": [0, 50, 100, 250, 1, 2],
    "cost": [0, 0, 2500, 5000, 0, 0],
    "region": ["north", "north", "south", "west", "north", "north"],
    "insured": [True, False, False, True, True, True],
}


def test_each_person_stands_once_by_their_normal_id() -> None:
    encoder = Encoder(SCHEMA, CountedInMemory())
    factors = (Numeric("age"), Indicator("region", "south"), Boolean("insured"), Validity())
    joined = join_columns(factors, [encoder.encode_people(batch_of(TABLE, SCHEMA))])
    assert joined.people == ("7", "p2", "p3")
    age, south, insured, valid = (column.tolist() for column in joined.columns)
    assert age == [0, LARGEST_CODE, LARGEST_CODE]
    assert (south, insured, valid) == ([0, 1, 0], [1, 0, 1], [1, 1, 1])


def test_rows_and_people_do_not_show_themselves() -> None:
    batch = batch_of(TABLE, SCHEMA)
    rows, people = Encoder(SCHEMA, CountedInMemory()).encode_people(batch)
    columns = join_columns([Numeric("age")], [(rows, people)])
    shown = repr([batch, batch.unit, rows, columns])
    assert [read for read in ("p2", "p3", "south", "array") if read in shown] == []


def test_people_of_several_batches_are_counted_together() -> None:
    encoder = Encoder(SCHEMA, CountedInMemory())
    batch = batch_of(TABLE, SCHEMA)
    joined = join_columns([Numeric("age")], map(encoder.encode_people, [batch, batch]))
    assert joined.people == ("7", "p2", "p3")
    assert [len(column) for column in joined.columns] == [3]


def test_table_without_people_gives_empty_columns() -> None:
    joined = join_columns([Numeric("age"), Validity()], [])
    assert joined.people == ()
    assert [column.tolist() for column in joined.columns] == [[], []]


@given(st.lists(st.floats(-1, 1), max_size=20))
def test_code_is_within_half_a_step_of_its_number(values: list[float]) -> None:
    rows = CodedRows(SCHEMA, len(values), {"age": np.array(values, dtype=np.float64)})
    codes = code_cells(rows, Numeric("age")).tolist()
    for code, value in zip(codes, values, strict=True):
        assert 0 <= code <= LARGEST_CODE
        assert abs((2 * code - LARGEST_CODE) / LARGEST_CODE - value) <= 1.0000001 / LARGEST_CODE


def test_a_number_has_sixteen_bits_and_all_else_one() -> None:
    factors = (Numeric("age"), Boolean("insured"), Indicator("region", "north"), Validity())
    assert [bits_of(factor) for factor in factors] == [16, 1, 1, 1]
