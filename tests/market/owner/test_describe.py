"""dataset.toml is read strictly, and a proposal holds names and types only."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from world.declarations import declaration, half_epsilon, parsed

from market.errors import Refused
from market.owner.declaration.describe import parse_declaration, read_declaration
from market.owner.drafting.propose import propose_declaration
from market.plan.factors import Product
from market.plan.schema import BooleanColumn, CategoricalColumn, DateColumn, NumericColumn


def test_declaration_becomes_schema_and_policy() -> None:
    declared = parsed(budget="0.5")
    assert declared.schema.column("visits") == NumericColumn(
        "visits", "0", "10", "Visits in a year", "visits", "midpoint", None, None
    )
    assert declared.schema.column("insured") == BooleanColumn(
        "insured", "Has private insurance", "false"
    )
    assert declared.policy.budget_rho_units == half_epsilon()
    assert declared.policy.delta == "0.000001"
    assert declared.schema.privacy_unit.column is None
    assert declared.epoch == 1


CODE = """[[columns]]
name = "code"
type = "categorical"
meaning = "A code"
levels = [{levels}]
{further}
[policy]"""


@pytest.mark.parametrize(
    ("levels", "further", "is_only_summed"),
    [
        (64, "", False),
        (65, "", True),
        (65, "only_summed = false", False),
        (2, "only_summed = true", True),
    ],
)
def test_column_of_many_levels_is_only_summed_unless_its_owner_says_otherwise(
    levels: int, further: str, is_only_summed: bool
) -> None:
    named = ", ".join(f'"c{place}"' for place in range(levels))
    text = declaration().replace("[policy]", CODE.format(levels=named, further=further))
    column = parse_declaration(text).schema.column("code")
    assert isinstance(column, CategoricalColumn)
    assert column.only_summed is is_only_summed


BINS = '"midpoint"\nbins = {{count = {count}}}\n{further}'
STAY = """\
[[columns]]
name = "stay"
type = "date"
meaning = "First day"
first = {first}-01-01
last = 2024-12-31
null = "other"
parts = ["year", "month"]
{further}
[policy]"""


@pytest.mark.parametrize(
    ("old", "new", "is_only_summed"),
    [
        ('"midpoint"', BINS.format(count=64, further=""), False),
        ('"midpoint"', BINS.format(count=65, further=""), True),
        ('"midpoint"', BINS.format(count=65, further="only_summed = false"), False),
        ('"midpoint"', BINS.format(count=2, further="only_summed = true"), True),
        ("[policy]", STAY.format(first=1961, further=""), False),
        ("[policy]", STAY.format(first=1960, further=""), True),
        ("[policy]", STAY.format(first=1960, further="only_summed = false"), False),
        ("[policy]", STAY.format(first=2024, further="only_summed = true"), True),
    ],
)
def test_bins_and_dates_of_many_levels_are_only_summed_likewise(
    old: str, new: str, is_only_summed: bool
) -> None:
    schema = parse_declaration(declaration().replace(old, new)).schema
    column = schema.column("stay") or schema.column("visits")
    assert isinstance(column, NumericColumn | DateColumn)
    assert column.only_summed is is_only_summed


def test_products_are_put_in_order() -> None:
    text = declaration().replace(
        "capacity_rows = 4000", 'capacity_rows = 4000\nproducts = [["visits", "visits"]]'
    )
    assert parse_declaration(text).schema.products == (Product("visits", "visits"),)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('title = "Doctor visits"', "", "title is missing"),
        ("price_cents = 1250", "price_cents = 1250\nprice = 3", "policy.price is not known"),
        ("low = 0", "low = 0\nlowest = 1", r"columns\[0\].lowest is not known"),
        ("low = 0", "low = 20", "low 20 is not below high 10"),
        ("low = 0", 'low = "none"', "columns.0..low is 'none'"),
        ('type = "boolean"', 'type = "text"', r"columns\[1\].type is 'text'"),
        ("capacity_rows = 4000", "capacity_rows = 4e3", "capacity_rows"),
        ("[policy]", CODE.format(levels='"a"', further="only_summed = 1"), "only_summed: int"),
        ("[policy]", CODE.format(levels='"a"', further='only_summed = ""'), "only_summed: str"),
        ("budget_epsilon = 8", "budget_epsilon = -1", "policy.budget_epsilon is -1"),
        ('access = "open"', 'access = "everybody"', "access"),
        ('dataset = "visits"', 'dataset = "My Visits"', "3 to 60 characters"),
        ("max_rows = 1", 'max_rows = "1"', "max_rows"),
        ("[policy]", "[policy", "not TOML"),
        ("[policy]", "[population]\ndistinct = true\n[policy]", "population.distinct is not known"),
        ("[policy]", "[population]\ndistinct_from = 1\n[policy]", "expected a list of dataset ids"),
        ("[policy]", '[population]\ndistinct_from = ["B"]\n[policy]', "expected dataset ids"),
        ("price_cents", "total_epsilon = 0.1\nprice_cents", "the budget of one epoch"),
    ],
)
def test_declaration_that_is_not_right_is_refused_by_its_key(
    old: str, new: str, words: str
) -> None:
    assert old in declaration()
    with pytest.raises(Refused, match=words) as refused:
        parse_declaration(declaration().replace(old, new, 1))
    assert refused.value.code == "declaration-invalid"


def test_proposal_holds_names_and_no_value(tmp_path: Path) -> None:
    table = tmp_path / "rows.csv"
    table.write_text("Person Id,Visits\nsecret-person,7\n")
    text = propose_declaration(table, "visits")
    assert 'name = "person_id"' in text
    assert 'name = "visits"' in text
    assert "secret" not in text
    assert "distinct_from = []" in text
    # A CSV tells no types.
    assert text.count('type = ""') == 2
    # It is a form: what a person has to know is empty, and refused until it is filled in.
    with pytest.raises(Refused, match="declaration-invalid"):
        parse_declaration(text)


def test_proposal_takes_types_from_a_parquet_schema(tmp_path: Path) -> None:
    rows = pd.DataFrame({"visits": [7], "city": ["secret"], "smoker": [True]})
    rows.to_parquet(tmp_path / "rows.parquet")
    text = propose_declaration(tmp_path / "rows.parquet", "visits")
    types = [line for line in text.splitlines() if line.startswith("type")]
    assert types == ['type = "numeric"', 'type = "categorical"', 'type = "boolean"']
    assert "secret" not in text


def test_declaration_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="cannot be read"):
        read_declaration(tmp_path / "dataset.toml")
