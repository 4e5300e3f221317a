"""Values never make an encoding fail; structure does, by name."""

from __future__ import annotations

import datetime
import math
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies.plans import Case, as_columns, cases

from crypto.parameters import PRODUCTS
from market.errors import Refused
from market.plan.factors import Indicator, Product
from market.plan.schema import (
    BooleanColumn,
    CategoricalColumn,
    NumericColumn,
    PrivacyUnit,
    Schema,
)
from market.tables.contributions import CountedInMemory
from market.tables.encode import ColumnReport, Encoder, encode_table
from market.tables.table import Table, batch_of
from market.tables.twin import make_twin

SCHEMA = Schema(
    "small",
    (
        NumericColumn("x", "0", "10", "a number", "points", "midpoint", None, None),
        CategoricalColumn("g", ("a", "1"), "a group"),
        BooleanColumn("flag", "a flag", "false"),
    ),
    PrivacyUnit("person", 2, "a person"),
    5_000,
    (Product("x", "x"),),
)
TABLE = {
    "x": [0.0, 10.0, 5.0, -3.0, 1e300, None],
    "g": ["a", 1, 1.0, "1", "b", None],
    "flag": [True, 0, "yes", "No", "perhaps", math.nan],
    "person": ["p", "p", "q", "q", "r", "s"],
}


def test_values_are_clipped_mapped_and_padded() -> None:
    encoded = encode_table(TABLE, SCHEMA, PRODUCTS)
    assert tuple(encoded.columns) == SCHEMA.encoded_columns
    # 5000 rows of capacity take two ciphertexts of 4096 slots.
    assert {column.shape for column in encoded.columns.values()} == {(8_192,)}
    assert {column.dtype for column in encoded.columns.values()} == {np.dtype(np.float64)}
    heads = {name: column[:7].tolist() for name, column in encoded.columns.items()}
    assert heads == {
        "#valid": [1, 1, 1, 1, 1, 1, 0],
        "x": [-1, 1, 0, -1, 1, 0, 0],
        "g=a": [1, 0, 0, 0, 0, 0, 0],
        "g=1": [0, 1, 1, 1, 0, 0, 0],
        "g=OTHER": [0, 0, 0, 0, 1, 1, 0],
        "flag": [1, 0, 1, 0, 0, 0, 0],
        "x*x": [1, 1, 0, 1, 1, 0, 0],
    }


def test_what_was_changed_is_counted_for_the_owner() -> None:
    report = encode_table({**TABLE, "note": ["-"] * 6}, SCHEMA, PRODUCTS).report
    assert (report.rows_seen, report.rows_kept, report.units_kept) == (6, 6, 4)
    assert report.ignored_columns == ("note",)
    assert report.columns == (
        ColumnReport("x", clipped=2, missing=1, unreadable=0, other=0),
        ColumnReport("g", clipped=0, missing=1, unreadable=0, other=1),
        ColumnReport("flag", clipped=0, missing=1, unreadable=1, other=0),
    )


def test_rows_without_unit_beyond_unit_and_beyond_capacity_are_dropped() -> None:
    people = ["p", None, "p", "q", "p", "", "q", "r", "s"]
    table = {"x": list(range(9)), "g": ["a"] * 9, "flag": [True] * 9, "person": people}
    encoded = encode_table(table, replace(SCHEMA, capacity_rows=5), PRODUCTS)
    report = encoded.report
    assert report.dropped_without_unit == 2
    assert report.dropped_beyond_unit == 1
    assert report.dropped_beyond_capacity == 1
    assert (report.rows_kept, report.units_kept) == (5, 3)
    assert np.allclose(encoded.columns["x"][:6] * 5 + 5, [0, 2, 3, 6, 7, 5])


def test_null_rule_may_drop_the_row() -> None:
    columns = (replace(SCHEMA.columns[0], null="drop_row"), *SCHEMA.columns[1:])
    report = encode_table(TABLE, replace(SCHEMA, columns=columns), PRODUCTS).report
    assert (report.rows_kept, report.dropped_null) == (5, 1)


@pytest.mark.parametrize(("rule", "code"), [("low", -1.0), ("high", 1.0), ("midpoint", 0.0)])
def test_null_rule_names_the_value(rule: str, code: float) -> None:
    columns = (replace(SCHEMA.columns[0], null=rule), *SCHEMA.columns[1:])
    encoded = encode_table(TABLE, replace(SCHEMA, columns=columns), PRODUCTS)
    assert encoded.columns["x"][5] == code


def test_row_is_its_own_unit_when_no_column_is_named() -> None:
    schema = replace(SCHEMA, privacy_unit=PrivacyUnit(None, 1, "a row"))
    assert encode_table(TABLE, schema, PRODUCTS).report.units_kept == 6
    assert people(TABLE, schema) == set()


class Seen(CountedInMemory):
    """Remembers who was counted."""

    def __init__(self) -> None:
        super().__init__()
        self.people: set[str] = set()

    def add(self, rows: Mapping[str, int]) -> Sequence[int]:
        self.people |= set(rows)
        return super().add(rows)


def people(table: Table, schema: Schema) -> set[str]:
    seen = Seen()
    Encoder(schema, seen).encode(batch_of(table, schema))
    return seen.people


def test_people_are_distinct_ids() -> None:
    frame = pd.DataFrame({**TABLE, "person": [7, 7, 8, None, 9, 9]})
    assert people(frame, SCHEMA) == {"7", "8", "9"}


def test_person_of_dropped_rows_alone_is_counted_too() -> None:
    columns = (replace(SCHEMA.columns[0], null="drop_row"), *SCHEMA.columns[1:])
    assert "s" in people(TABLE, replace(SCHEMA, columns=columns))


@pytest.mark.parametrize("max_rows", [1, 2])
def test_bound_counts_people_not_spellings_of_their_ids(max_rows: int) -> None:
    spellings = ["7", "007", "7.0", "P01", "p01", "\uff30\uff10\uff11", "\u200b7", " P01\t"]
    schema = Schema(
        "ids",
        (NumericColumn("visits", "0", "100", "visits", "visits", "midpoint", None, None),),
        PrivacyUnit("patient", max_rows, "a person"),
        100,
        (),
    )
    table = {"patient": spellings, "visits": list(range(8))}
    report = encode_table(table, schema, PRODUCTS).report
    assert (report.units_kept, report.rows_kept) == (2, 2 * max_rows)
    assert report.dropped_beyond_unit == 8 - 2 * max_rows
    assert people(table, schema) == {"7", "p01"}


def test_id_of_invisible_characters_names_nobody() -> None:
    table = {**TABLE, "person": ["\u200b", "p", "p", "q", "r", "s"]}
    assert encode_table(table, SCHEMA, PRODUCTS).report.dropped_without_unit == 1
    assert people(table, SCHEMA) == {"p", "q", "r", "s"}


def test_one_person_spelled_in_two_ways_is_one_unit() -> None:
    spellings = ["Zoë", "Zoe\u0308", " Zoë\t", "  ", None, "Zoë"]
    frame = pd.DataFrame({**TABLE, "person": spellings})
    assert people(frame, SCHEMA) == {"zoë"}
    assert people({**TABLE, "person": np.array(["Zoë", "Zoe\u0308"] * 3)}, SCHEMA) == {"zoë"}


@pytest.mark.parametrize(
    "level",
    ["Zürich", "18–24 (young)", "日本", "<1 year & 50 %", "x" * 100, "<=50K", '"so-so"', "a\\b"],
)
def test_level_in_any_script_is_counted(level: str) -> None:
    schema = Schema(
        "small", (CategoricalColumn("g", (level,), "a group"),), PrivacyUnit(None, 1, "row"), 9, ()
    )
    cells = [level, f" {unicodedata.normalize('NFD', level)} ", level.swapcase() + "?", ""]
    encoded = encode_table({"g": cells}, schema, PRODUCTS).columns[Indicator("g", level).id]
    assert encoded[:4].tolist() == [1, 1, 0, 0]


@pytest.mark.parametrize(
    "level",
    [
        "",
        " a",
        "a\nb",
        "\u202eabc",
        "a\u00a0b",
        "Zoe\u0308",
        "x" * 101,
        "OTHER",
    ],
)
def test_level_that_could_be_read_as_another_is_no_level(level: str) -> None:
    with pytest.raises(ValueError, match="column g: "):
        CategoricalColumn("g", (level,), "a group")


@pytest.mark.parametrize(
    "values",
    [
        pd.Series([1, None, 3], dtype="Int64"),
        pd.Series(["1", "x", "3"], dtype="string"),
        pd.Series(["1", "x", "3"], dtype="category"),
        np.array(["1", "x", "3"]),
        [Decimal("1"), pd.NA, 3],
        [1, pd.NaT, 3.0],
        [1, object(), 3],
        [1, float("nan"), "3"],
    ],
    ids=lambda values: str(getattr(values, "dtype", type(values))),
)
def test_numbers_are_read_from_any_column_that_has_some(values: object) -> None:
    table = {"x": values, "g": ["a"] * 3, "flag": [True] * 3, "person": ["p", "q", "r"]}
    assert np.allclose(encode_table(table, SCHEMA, PRODUCTS).columns["x"][:3], [-0.8, 0.0, -0.4])


@pytest.mark.parametrize(
    "values",
    [
        ["one", "two", "three", "four", "five", "six"],
        [datetime.date(2020, 1, 1)] * 6,
        np.array(["2020-01-01"] * 6, dtype="datetime64[ns]"),
        np.ones(6, dtype=complex),
        ["1_000", "१२", "0x10", "1,5", "--1", "1e9999999"],
    ],
    ids=lambda values: str(values[0]),
)
def test_column_without_a_number_is_counted_and_fails_nothing(values: object) -> None:
    report = encode_table({**TABLE, "x": values}, SCHEMA, PRODUCTS).report
    assert report.columns[0] == ColumnReport("x", clipped=0, missing=0, unreadable=6, other=0)
    assert report.rows_kept == 6


def broken(**columns: object) -> dict[str, object]:
    return {**TABLE, **columns}


@pytest.mark.parametrize(
    ("table", "code"),
    [
        ({name: TABLE[name] for name in ("x", "g", "flag")}, "table-column-missing"),
        ({name: TABLE[name] for name in ("x", "g", "person")}, "table-column-missing"),
        (pd.DataFrame([[1, 2, "a", True, "p"]], columns=["x", "x", "g", "flag", "person"]),
         "table-column-twice"),
        (broken(x=np.ones((6, 2))), "table-column-kind"),
        (broken(x=[1.0]), "table-length"),
        (broken(g=[b"a"] * 6), "table-encoding"),
        (broken(x=[b"1"] * 6), "table-encoding"),
        (broken(person=[b"1"] * 6), "table-encoding"),
    ],
)  # fmt: skip
def test_wrong_structure_is_refused_by_name(table: object, code: str) -> None:
    with pytest.raises(Refused) as refused:
        encode_table(table, SCHEMA, PRODUCTS)
    assert refused.value.code == code


ANYTHING = st.one_of(
    st.sampled_from((10**5_000, -(10**400), 10**400, Decimal("-1e9999"))),
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.decimals(),
)


@settings(max_examples=45)
@given(st.lists(st.tuples(ANYTHING, ANYTHING, ANYTHING, ANYTHING), max_size=20))
def test_no_value_makes_it_fail(rows: list[tuple[object, ...]]) -> None:
    rows = [(1.0, "a", True, "p"), *rows]
    table = dict(zip(("x", "g", "flag", "person"), map(list, zip(*rows, strict=True)), strict=True))
    for column in encode_table(table, SCHEMA, PRODUCTS).columns.values():
        assert np.isfinite(column).all()
        assert np.abs(column).max() <= 1


@settings(max_examples=30)
@given(cases())
def test_every_encoded_row_is_one_hot_and_bounded(case: Case) -> None:
    columns = encode_table(as_columns(case.rows), case.schema, PRODUCTS).columns
    valid = columns["#valid"]
    for column in case.schema.columns:
        if isinstance(column, CategoricalColumn):
            levels = [columns[Indicator(column.name, level).id] for level in column.all_levels]
            assert np.array_equal(np.sum(levels, axis=0), valid)
    for values in columns.values():
        assert np.abs(values).max() <= 1
        assert not values[valid == 0].any()


def test_empty_table_encodes_to_zeros() -> None:
    encoded = encode_table({name: [] for name in TABLE}, SCHEMA, PRODUCTS)
    assert encoded.report.rows_kept == 0
    assert not any(column.any() for column in encoded.columns.values())


def test_twin_is_a_function_of_schema_and_seed() -> None:
    one, again, other = (make_twin(SCHEMA, seed, 100) for seed in (1, 1, 2))
    assert all(np.array_equal(one[name], again[name]) for name in one)
    assert not np.array_equal(one["x"], other["x"])
    # The raw stream and its use are fixed: the same twin on every machine and version.
    assert one["x"][:4].tolist() == [8.034046, 9.35161, 6.135317, 5.583563]
    assert one["g"][:4].tolist() == ["1", "OTHER", "OTHER", "OTHER"]


def test_twin_fits_its_schema() -> None:
    column = replace(SCHEMA.columns[0], reference_mean="7", reference_sd="1")
    schema = replace(SCHEMA, columns=(column, *SCHEMA.columns[1:]))
    twin = make_twin(schema, 5, 4_000)
    report = encode_table(twin, schema, PRODUCTS).report
    assert (report.rows_kept, report.units_kept) == (4_000, 2_000)
    assert report.columns[0].clipped == 0
    assert np.mean(twin["x"]) == pytest.approx(7, abs=0.1)
    assert np.std(twin["x"]) == pytest.approx(1, abs=0.1)
    assert set(twin["g"].tolist()) == {"a", "1", "OTHER"}
