"""A column whose owner leaves other values out: complete, and without a level OTHER."""

from __future__ import annotations

import math

import pytest
from world.declarations import declaration

from crypto.parameters import PRODUCTS
from market.errors import Refused
from market.models.rows import rows_of
from market.owner.declaration.describe import parse_declaration
from market.pages.columns import column_rows, values_note
from market.plan.dataset import Dataset
from market.plan.expression import Column
from market.plan.lowered import lower
from market.plan.plan import PLAN_VERSION, NamedStatistic, Plan
from market.plan.schema import CategoricalColumn, NumericColumn, PrivacyUnit, Schema
from market.tables.encode import encode_table
from market.tables.plaintext import plaintext_answers
from market.tables.twin import make_twin

WARD = CategoricalColumn("ward", ("a", "b"), "a ward", other="drop_row")
SCHEMA = Schema(
    "stays",
    (WARD, NumericColumn("stay", "0", "10", "a stay", "days", "midpoint", None, None)),
    PrivacyUnit(None, 1, "a stay"),
    100,
    (),
)
DS = Dataset(SCHEMA)
TABLE = {"ward": ["a", "c", None, "b", "a", "  a"], "stay": [1, 2, 3, 4, 5, 6]}


def test_row_without_one_of_the_levels_is_left_out_and_counted() -> None:
    report = encode_table(TABLE, SCHEMA, PRODUCTS).report
    assert (report.rows_seen, report.rows_kept, report.dropped_null) == (6, 4, 2)
    assert (report.columns[0].missing, report.columns[0].other) == (1, 1)


def test_levels_are_all_there_is() -> None:
    assert SCHEMA.encoded_columns == ("#valid", "ward=a", "ward=b", "stay")
    assert DS.levels("ward") == ("a", "b")
    assert set(make_twin(SCHEMA, 3, 100)["ward"]) == {"a", "b"}


def test_nothing_is_opened_nor_answered_of_other() -> None:
    named = (
        NamedStatistic("wards", 1, DS["ward"].histogram().statistic),
        NamedStatistic("days", 1, DS.group_by("ward")["stay"].sum().statistic),
    )
    plan = Plan(PLAN_VERSION, ("stays",), "gaussian", named)
    assert not any("OTHER" in one.id for one in lower(plan, SCHEMA).outputs)
    wards, days = plaintext_answers(plan, SCHEMA, TABLE, PRODUCTS)
    assert [(cell.labels, cell.value) for cell in wards.cells] == [(("a",), 3), (("b",), 1)]
    assert [cell.value for cell in days.cells] == pytest.approx([12, 4])


def test_model_has_no_prediction_for_a_row_that_was_left_out() -> None:
    numbers = rows_of(TABLE, ("ward", "stay"), SCHEMA).numbers(Column("stay"))
    assert [math.isnan(one) for one in numbers] == [False, True, True, False, False, False]


def test_page_says_what_becomes_of_other_values() -> None:
    ward, _ = column_rows(SCHEMA)
    assert ward.levels == ("a", "b")
    assert "leave their row out, as unknown ones do (ward)" in values_note(SCHEMA)


def test_reference_shares_are_of_the_levels_alone() -> None:
    shared = CategoricalColumn("ward", ("a", "b"), "a ward", ("0.5", "0.5"), other="drop_row")
    assert len(shared.shares) == 2
    with pytest.raises(ValueError, match=r"expected 2 \(b last\) that add up to 1"):
        CategoricalColumn("ward", ("a", "b"), "a ward", ("0.5", "0.4", "0.1"), other="drop_row")


CODE = """[[columns]]
name = "code"
type = "categorical"
meaning = "A code"
levels = ["a", "b"]
other = "{other}"
[policy]"""


def test_owner_declares_it() -> None:
    text = declaration().replace("[policy]", CODE.format(other="drop_row"))
    assert parse_declaration(text).schema.levels("code") == ("a", "b")
    text = declaration().replace("[policy]", CODE.format(other="level"))
    assert parse_declaration(text).schema.levels("code") == ("a", "b", "OTHER")


def test_another_word_for_it_is_refused() -> None:
    text = declaration().replace("[policy]", CODE.format(other="refuse"))
    with pytest.raises(Refused, match=r"columns\[2\].other: expected one of"):
        parse_declaration(text)
