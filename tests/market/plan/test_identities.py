"""What is known of sums holds on every table, and what noise made of them is conditioned on it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies.plans import Case, as_columns, cases

from crypto.parameters import PRODUCTS
from market.plan.asked import AskedStatistic
from market.plan.dataset import Dataset
from market.plan.identities import Identity, agreeing, identities
from market.plan.lowered import Lowered, lower, with_law
from market.plan.plan import PLAN_VERSION, NamedStatistic, Plan
from market.plan.schema import (
    BooleanColumn,
    CategoricalColumn,
    DateColumn,
    NumericColumn,
    PrivacyUnit,
    Product,
    Schema,
)
from market.plan.uncertain import Uncertain, measured
from market.tables.encode import encode_table
from market.tables.plaintext import plaintext_moments

SCHEMA = Schema(
    "visits",
    (
        CategoricalColumn("g", ("a", "b"), "a group"),
        CategoricalColumn("h", ("c",), "another group"),
        NumericColumn("x", "0", "10", "a number", "", "midpoint", None, None, ("0", "5", "10")),
        BooleanColumn("flag", "a flag", "false"),
    ),
    PrivacyUnit(None, 1, "a row"),
    4_000,
    (Product("g", "x"),),
)
DS = Dataset(SCHEMA)
G, X = DS["g"], DS["x"]


def lowered_of(*asked: AskedStatistic, schema: Schema = SCHEMA) -> Lowered:
    named = tuple(
        NamedStatistic(f"asked_{place}", 1, one.statistic) for place, one in enumerate(asked)
    )
    return lower(Plan(PLAN_VERSION, ("visits",), "gaussian", named), schema)


def known(*asked: AskedStatistic) -> list[Identity]:
    return identities(lowered_of(*asked).opened, SCHEMA)


def as_sets(found: list[Identity]) -> list[set[str]]:
    """Each as its sums, once with the sign it has."""
    return [{f"{'-' if times < 0 else '+'}{name}" for name, times in one.items()} for one in found]


LEVELS_OF_G = {"+g=a", "+g=b", "+g=OTHER"}
LEVELS_OF_H = {"+h=c", "+h=OTHER"}


def test_counts_of_levels_add_up_to_the_rows() -> None:
    assert as_sets(known(DS.count(), G.histogram())) == [LEVELS_OF_G | {"-#valid"}]


def test_sums_of_levels_add_up_to_the_sum_whether_declared_as_products_or_not() -> None:
    found = as_sets(known(X.sum(), DS.group_by("g")["x"].sum(), DS.group_by("h")["x"].sum()))
    assert {"+g=a*x", "+g=b*x", "+g=OTHER*x", "-x"} in found
    assert {"+h=c&x", "+h=OTHER&x", "-x"} in found
    assert len(found) == 4


def test_weighted_sums_of_levels_add_up_to_the_weighted_sum() -> None:
    pure = with_law(lowered_of(X.sum(), DS.group_by("g")["x"].sum()), "laplace")
    levels = {f"+1:g={level}+1:g={level}*x" for level in ("a", "b", "OTHER")}
    assert as_sets(identities(pure.opened, SCHEMA)) == [levels | {"-1:#valid+1:x"}]


def test_two_keys_agree_on_a_total_that_was_not_opened() -> None:
    (found,) = as_sets(known(G.histogram(), DS["h"].histogram()))
    assert found in (
        LEVELS_OF_G | {"-h=c", "-h=OTHER"},
        LEVELS_OF_H | {"-g=a", "-g=b", "-g=OTHER"},
    )


def test_table_of_two_keys_adds_up_to_both_and_to_the_rows() -> None:
    assert len(known(DS.contingency("g", "h"), DS.count())) == 2
    assert len(known(DS.contingency("g", "h"), G.histogram(), DS["h"].histogram())) == 6


def test_bins_are_a_key_like_any_other() -> None:
    assert len(known(DS.count(), X.median())) == 1


def test_parts_of_a_date_add_up_though_some_never_meet() -> None:
    # In the first of both years there is December alone.
    day = DateColumn("day", "2023-12-01", "2024-01-31", "a day", "other", ("year", "month"))
    schema = Schema("days", (day,), PrivacyUnit(None, 1, "a row"), 100, ())
    ds = Dataset(schema)
    asked = (ds.contingency("day.year", "day.month"), ds["day.year"].histogram())
    found = identities(lowered_of(*asked, schema=schema).opened, schema)
    assert {"day.year=2023": -1, "day.month=12&day.year=2023": 1} in found
    assert len(found) == 3


def test_some_levels_of_a_key_add_up_to_nothing_known() -> None:
    assert known(DS.count(), DS[G == "a"].count(), DS[G == "b"].count()) == []


def test_sum_of_all_rows_is_no_level_of_a_key() -> None:
    assert known(DS.count(), X.sum(), DS[DS["flag"]].count()) == []


@settings(max_examples=40)
@given(cases())
def test_identities_hold_in_every_table(case: Case) -> None:
    lowered = lower(case.plan, case.schema)
    encoded = encode_table(as_columns(case.rows), case.schema, PRODUCTS).columns
    exact = plaintext_moments(lowered, encoded)
    for identity in identities(lowered.opened, case.schema):
        off = sum(times * exact[name].value for name, times in identity.items())
        assert off == pytest.approx(0, abs=1e-6)


NAMES = ("#valid", "g=a", "g=b", "g=OTHER", "h=c", "h=OTHER", "other")
KNOWN: list[Identity] = [
    {"#valid": -1, "g=a": 1, "g=b": 1, "g=OTHER": 1},
    {"#valid": -1, "h=c": 1, "h=OTHER": 1},
    # It follows from both.
    {"g=a": 1, "g=b": 1, "g=OTHER": 1, "h=c": -1, "h=OTHER": -1},
]
VALUES = st.lists(st.floats(-1e6, 1e6), min_size=len(NAMES), max_size=len(NAMES))
SDS = st.lists(st.sampled_from((0.1, 1.0, 30.0)), min_size=len(NAMES), max_size=len(NAMES))


def opened(values: list[float], sds: list[float]) -> dict[str, Uncertain]:
    return {
        name: measured(value, sd=sd, source=name)
        for name, value, sd in zip(NAMES, values, sds, strict=True)
    }


@given(VALUES, SDS)
def test_agreed_sums_are_the_generalised_least_squares(
    values: list[float], sds: list[float]
) -> None:
    agreed = agreeing(opened(values, sds), KNOWN)
    matrix = np.array([[one.get(name, 0) for name in NAMES] for one in KNOWN[:2]], dtype=float)
    variance = np.diag(np.square(sds))
    gain = variance @ matrix.T @ np.linalg.inv(matrix @ variance @ matrix.T)
    left = np.eye(len(NAMES)) - gain @ matrix
    scale = max(map(abs, values))
    for name, value, spread in zip(
        NAMES, left @ values, np.diag(left @ variance @ left.T), strict=True
    ):
        assert agreed[name].value == pytest.approx(value, abs=1e-7 * scale + 1e-9)
        assert agreed[name].sd ** 2 == pytest.approx(spread, rel=1e-6, abs=1e-9)


@given(VALUES, SDS)
def test_agreed_sums_agree_and_stay_as_they_are(values: list[float], sds: list[float]) -> None:
    raw = opened(values, sds)
    agreed = agreeing(raw, KNOWN)
    scale = max(map(abs, values)) + 1
    for identity in KNOWN:
        assert abs(sum(times * agreed[one].value for one, times in identity.items())) < 1e-7 * scale
    again = agreeing(agreed, KNOWN)
    for name in NAMES:
        assert again[name].value == pytest.approx(agreed[name].value, abs=1e-7 * scale)
        assert agreed[name].sd <= raw[name].sd * (1 + 1e-9)
    assert agreed["other"] == raw["other"]


def test_exact_sums_stay_exact() -> None:
    exact = opened([9, 2, 3, 4, 5, 4, 1], [0.0] * 7)
    assert agreeing(exact, KNOWN) == exact
