"""A quote expects of bins and dates what a twin, made of the same public knowledge, holds."""

from __future__ import annotations

import pytest

from crypto.parameters import PRODUCTS
from market.plan.factors import Indicator, Numeric
from market.plan.schema import CategoricalColumn, DateColumn, NumericColumn, PrivacyUnit, Schema
from market.pricing.reference import expected_moment
from market.tables.encode import encode_table
from market.tables.twin import make_twin

ROWS = 8_000
EDGES = ("0", "2", "5", "6", "10")
SCHEMA = Schema(
    "small",
    (
        NumericColumn("x", "0", "10", "x", "", "midpoint", "6", "3", EDGES),
        NumericColumn("y", "0", "10", "y", "", "midpoint", None, None, EDGES),
        DateColumn("day", "2019-11-01", "2021-01-31", "a day", "other", ("year", "month")),
        CategoricalColumn("g", ("a",), "a group", ("0.25", "0.75")),
    ),
    PrivacyUnit(None, 1, "a row"),
    ROWS,
    (),
)
TABLE = encode_table(make_twin(SCHEMA, 1, ROWS), SCHEMA, PRODUCTS).columns


@pytest.mark.parametrize("key", ["x.bin", "y.bin", "day.year", "day.month", "g"])
def test_levels_have_the_shares_of_a_twin(key: str) -> None:
    levels = SCHEMA.levels(key)
    assert levels is not None
    expected = [expected_moment((Indicator(key, level),), SCHEMA) for level in levels]
    assert sum(expected) == pytest.approx(1)
    for level, share in zip(levels, expected, strict=True):
        assert share == pytest.approx(TABLE[Indicator(key, level).id].sum() / ROWS, abs=0.025)


@pytest.mark.parametrize("name", ["x", "y"])
def test_a_number_is_expected_in_the_middle_of_its_bin(name: str) -> None:
    for level in SCHEMA.levels(f"{name}.bin") or ():
        in_bin = Indicator(f"{name}.bin", level)
        found = (TABLE[in_bin.id] * TABLE[name]).sum() / ROWS
        assert expected_moment((Numeric(name), in_bin), SCHEMA) == pytest.approx(found, abs=0.05)
