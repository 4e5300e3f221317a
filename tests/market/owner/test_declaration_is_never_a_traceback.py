"""Whatever stands in dataset.toml: a declaration, or `declaration-invalid` that says where."""

from __future__ import annotations

import copy
import datetime
import json
import tomllib
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from world.tables import boolean, categorical, declared, numeric

from market.errors import Refused
from market.owner.declaration.describe import Declaration, parse_declaration
from market.owner.table.layout import Source
from market.plan.cells import number_key
from market.tables.person import person_in

GOOD: dict[str, Any] = {
    "dataset": "table",
    "title": "t",
    "summary": "s",
    "provenance": "p",
    "licence": "l",
    "terms": "t",
    "capacity_rows": 100,
    "products": [["age", "age"]],
    "separator": ";",
    "privacy_unit": {
        "column": "patient",
        "max_rows": 2,
        "meaning": "m",
        "header": "Patient Id",
        "missing": ["NA", 0],
    },
    "columns": [
        {
            "name": "age",
            "type": "numeric",
            "meaning": "m",
            "low": 0,
            "high": Decimal("120.5"),
            "unit": "years",
            "null": "midpoint",
            "reference_mean": 40,
            "reference_sd": 20,
            "header": "Age (years)",
            "missing": [-200, Decimal("-9.5"), "NA", datetime.date(1900, 1, 1)],
        },
        {
            "name": "g",
            "type": "categorical",
            "meaning": "m",
            "levels": ["a", "<=50K"],
            "reference_shares": [Decimal("0.5"), Decimal("0.25"), Decimal("0.25")],
        },
        {"name": "flag", "type": "boolean", "meaning": "m", "null": "false", "missing": ["?"]},
    ],
    "policy": {
        "budget_epsilon": 8,
        "buyer_epsilon": 8,
        "job_epsilon": 4,
        "delta": "0.000001",
        "statistics": ["count", "sum"],
        "access": "open",
        "approval": "automatic",
        "recomputation": True,
        "price_cents": 0,
    },
}


def toml(value: Any) -> str:
    """A value in one line of TOML."""
    match value:
        case bool():
            return "true" if value else "false"
        case dict():
            return "{" + ", ".join(f"{json.dumps(k)} = {toml(v)}" for k, v in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(toml, value)) + "]"
        case str():
            return json.dumps(value)
        case _:
            return str(value)


def document(values: dict[str, Any]) -> str:
    return "".join(f"{json.dumps(key)} = {toml(value)}\n" for key, value in values.items())


def parsed(values: dict[str, Any]) -> Declaration:
    return parse_declaration(document(values))


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in the document."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    found = [] if path == () else [path]
    if isinstance(value, dict | list):
        for key, below in items:
            found += (
                paths(below, (*path, key)) if isinstance(below, dict | list) else [(*path, key)]
            )
    return found


def changed(path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    values = copy.deepcopy(GOOD)
    place: Any = values
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return values


def spoken(path: tuple[Any, ...]) -> str:
    """The path's first part, as a message names it: the rest may be said more closely."""
    return str(path[0])


TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=6)
LEAF = st.one_of(
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.sampled_from((10**4000, -1, 0, 2**63)),
    st.floats(),
    st.sampled_from((Decimal("1e-30"), Decimal("1e400"), Decimal("0.1"))),
    st.dates(),
    st.datetimes(),
    TEXT,
)
VALUE = st.recursive(
    LEAF, lambda one: st.lists(one, max_size=3) | st.dictionaries(TEXT, one, max_size=3)
)


def test_good_one_is_taken() -> None:
    declaration = parsed(GOOD)
    assert declaration.layout.separator == ";"
    assert declaration.layout.unit == Source(
        "patient", "Patient Id", frozenset({"na", "0"}), person_in
    )
    age, g, flag = declaration.layout.columns
    codes = frozenset({"-2E+2", "-9.5", "NA", "1900-01-01"})
    assert age == Source("age", "Age (years)", codes, number_key)
    assert (g, flag) == (Source("g"), Source("flag", None, frozenset({"?"})))
    assert tomllib.loads(document(GOOD))["columns"][1]["levels"] == ["a", "<=50K"]


@settings(max_examples=300)
@given(st.sampled_from(paths(GOOD)), VALUE)
def test_any_value_at_any_place_is_taken_or_refused_there(
    path: tuple[Any, ...], value: Any
) -> None:
    try:
        parsed(changed(path, value))
    except Refused as refused:
        assert refused.code == "declaration-invalid"  # noqa: PT017
        assert len(refused.message) < 2_000  # noqa: PT017


@pytest.mark.parametrize("path", paths(GOOD), ids=lambda path: ".".join(map(str, path)))
def test_a_table_where_none_belongs_is_refused_by_its_path(path: tuple[Any, ...]) -> None:
    with pytest.raises(Refused, match="declaration-invalid") as refused:
        parsed(changed(path, {"no": {"such": "thing"}}))
    assert spoken(path) in refused.value.message


@settings(max_examples=200)
@given(
    st.text(max_size=60) | st.sampled_from(("[" * 20_000, "a = " + "[" * 20_000, "a=1e99999999"))
)
def test_any_text_is_refused_by_code(text: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_declaration(text)
    assert refused.value.code == "declaration-invalid"


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("products",), 5, "products is 5, expected a list"),
        (("products", 0), ["age"], r"products[0] is ['age'], expected a pair"),
        (("separator",), "::", "separator is '::', expected one sign"),
        (("separator",), "a", "separator is 'a'"),
        (("columns", 0, "missing"), -200, "columns[0].missing is -200, expected a list"),
        (("columns", 0, "missing"), [[1]], "columns[0].missing holds [1]"),
        (("columns", 0, "missing"), [""], "columns[0].missing holds ''"),
        (("columns", 0, "header"), "", "columns[0].header is ''"),
        (("columns", 1, "levels"), 5, "columns[1].levels"),
        (("columns", 1, "levels"), ["1", "1.0"], "columns[1]: column g: levels must be"),
        (("columns", 0, "high"), Decimal("1e400"), "columns[0].high"),
        (
            ("privacy_unit", "max_rows"),
            0,
            "privacy_unit: privacy unit: at most 0 rows of each (max_rows)",
        ),
        (("privacy_unit", "missing"), True, "privacy_unit.missing is True"),
        (("policy", "statistics"), "count", "policy.statistics"),
        (("capacity_rows",), "many", "capacity_rows"),
    ],
)
def test_refusal_names_the_path(path: tuple[Any, ...], value: Any, words: str) -> None:
    with pytest.raises(Refused) as refused:
        parsed(changed(path, value))
    assert words in refused.value.message


def test_layout_of_a_unit_without_a_column_is_refused() -> None:
    with pytest.raises(Refused, match=r"privacy_unit\.missing is for a column"):
        declared(numeric("x"), unit='missing = ["NA"]\n')


def test_columns_of_every_type_may_have_a_layout() -> None:
    further = 'header = "H"\nmissing = ["?"]\n'
    columns = (numeric("x", 0, 1, further), categorical("g", ["a"], further), boolean("f", further))
    for column in columns:
        (source,) = declared(column).layout.columns
        assert (source.header, source.missing) == ("H", frozenset({"?"}))
