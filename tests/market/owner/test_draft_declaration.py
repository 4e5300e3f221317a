"""What a draft says, the declaration made of it says, and so says the draft made of a listing."""

from __future__ import annotations

import json
from dataclasses import fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from world.builders import a_manifest
from world.declarations import parsed
from world.drafts import VISITS, a_draft
from world.household import DESCRIPTION, POLICY, SCHEMA

from crypto.errors import FormatError
from crypto.parameters import PRODUCTS
from market.entities.draft import DraftColumn, DraftContent, read_draft_document
from market.errors import Refused
from market.owner.declaration.describe import Declaration, parse_declaration
from market.owner.drafting.draft_declaration import declaration_of
from market.plan.cells import number_key
from market.plan.columns import CategoricalColumn, NumericColumn
from market.plan.factors import Product
from market.plan.schema import BooleanColumn, Column, DateColumn, PrivacyUnit, Schema
from market.policy.drafts.draft_gaps import gaps_of
from market.policy.drafts.draft_items import items_of, items_text
from market.policy.drafts.draft_of_listing import draft_of_listing
from market.policy.listing.policy_templates import TEMPLATES
from market.records.listing import Description, Listing, Policy, Population
from market.records.union import SOLD_ALONE, Partner, Together, Union
from market.tables.person import person_in

TEXTS = st.text(
    st.characters(exclude_categories=["Cc", "Cf", "Cs", "Co", "Zl", "Zp"]), min_size=1, max_size=20
).filter(lambda text: text == text.strip() and text.isprintable())


def declared(content: DraftContent) -> Declaration:
    return parse_declaration(declaration_of(a_draft(content)))


def a_listing_of(
    schema: Schema, policy: Policy, description: Description, together: Together = SOLD_ALONE
) -> Listing:
    population = Population(("rates", "staff"))
    return Listing("visits", 1, description, schema, policy, "ab" * 32, population, together)


@given(st.lists(TEXTS | st.sampled_from(["a, b", '"', 'say "x", y', ",", "-200", "#"])))
def test_items_come_back_whatever_stands_in_them(items: list[str]) -> None:
    assert items_of(items_text(items)) == tuple(items)


COLUMNS: list[Column] = [
    NumericColumn("age", "-0.5", "77", "Age, in years", "years", "drop_row", "30.5", "4"),
    NumericColumn("weight", "0", "10", "w", "", "midpoint", None, None, ("0", "2.5", "10"), True),
    CategoricalColumn("region", ("north", "a, b", 'the "south"'), "Where", None, False, "drop_row"),
    CategoricalColumn("health", ("good", "poor"), "How", ("0.5", "0.25", "0.25"), True),
    BooleanColumn("insured", "Private insurance", "drop_row"),
    DateColumn("admitted", "2019-01-01", "2024-12-31", "When", "drop_row", ("year", "weekday")),
]

SOUTH, WEST = Partner("visits-south", "ab" * 20), Partner("visits-west", "cd" * 20)
TOGETHER = [
    SOLD_ALONE,
    Together(unions=(Union((SOUTH,), "plain"), Union((SOUTH, WEST), "masked"))),
    Together(False, (Union((WEST,), "masked"),)),
]


@settings(max_examples=40)
@given(
    st.lists(st.sampled_from(COLUMNS), min_size=1, unique_by=lambda column: column.name),
    st.tuples(*[TEXTS] * 5),
    st.sampled_from(["0.1", "1", "2.75", "10"]),
    st.booleans(),
    st.sampled_from([None, PrivacyUnit("person", 3, "a person")]),
    st.sampled_from(TOGETHER),
)
def test_next_version_begins_with_what_the_listing_says(
    columns: list[Column],
    texts: tuple[str, ...],
    epsilon: str,
    has_total: bool,
    unit: PrivacyUnit | None,
    together: Together,
) -> None:
    products = (Product("age", "age"),) if COLUMNS[0] in columns else ()
    unit = unit or PrivacyUnit(None, 1, "a row")
    schema = Schema("visits", tuple(columns), unit, 5_000, products)
    period = f'epoch = 2\ntotal_epsilon = "{epsilon}"\n' if has_total else ""
    policy = parsed(budget=f'"{epsilon}"', period=period).policy
    listing = a_listing_of(schema, policy, Description(*texts), together)
    content = draft_of_listing(listing, epoch=2, parameters=PRODUCTS.name)
    assert read_draft_document(content.document()) == content
    found = declared(content)
    assert (found.schema, found.policy, found.epoch) == (schema, policy, 2)
    assert (found.description, found.population) == (listing.description, listing.population)
    assert found.together == together


def test_household_survey_comes_back_to_the_last_unit() -> None:
    listing = a_listing_of(SCHEMA, POLICY, DESCRIPTION)
    content = draft_of_listing(listing, epoch=1, parameters=a_manifest().parameters)
    found = declared(content)
    assert replace(found.schema, name=SCHEMA.name) == SCHEMA
    for name in ("budget_rho_units", "buyer_rho_units", "job_rho_units"):
        seen, meant = getattr(found.policy, name), getattr(POLICY, name)
        # Never looser than what was signed, and no tighter than a reader could tell.
        assert meant * 0.999_999 <= seen <= meant


def test_file_is_read_as_the_draft_says() -> None:
    first, second = VISITS.columns
    codes = '-200, "n, a"'
    content = replace(
        VISITS,
        decimal_comma="yes",
        unit_column="person",
        unit_header="Person No.",
        unit_missing="NA",
        columns=(replace(first, header="Doctor's visits", missing=codes, bins="5"), second),
    )
    layout = declared(content).layout
    assert (layout.columns[0].header, layout.columns[0].written) == ("Doctor's visits", "1234,5")
    assert layout.columns[0].missing == {number_key("-200"), "n, a"}
    assert layout.unit is not None
    assert (layout.unit.header, layout.unit.missing) == ("Person No.", {person_in("NA")})
    assert declared(content).schema.columns[0].levels_by_key["visits.bin"][0] == "[0, 2)"


def test_draft_of_before_is_read_with_what_it_could_not_say_left_empty() -> None:
    value = json.loads(VISITS.document())
    for name in ("separator", "sold_alone", "unions"):
        del value[name]
    for column in value["columns"]:
        del column["written"]
    assert read_draft_document(json.dumps(value)) == VISITS
    value["columns"][0]["decimal"] = ","
    assert read_draft_document(json.dumps(value)).columns[0].written == "1234,5"
    value["columns"][0]["decimal"] = ""
    assert read_draft_document(json.dumps(value)) == VISITS
    del value["title"]
    with pytest.raises(FormatError, match="title"):
        read_draft_document(json.dumps(value))


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.name)
def test_every_template_is_a_policy_that_a_declaration_takes(template: object) -> None:
    content = template.given_to(VISITS)  # type: ignore[attr-defined]
    assert gaps_of(content) == ()
    policy = declared(content).policy
    assert (policy.access, policy.approval) == (content.access, content.approval)
    assert policy.job_rho_units <= policy.buyer_rho_units <= policy.budget_rho_units
    assert policy.statistics


SPOILT = {
    "dataset": ["", "A B", "x"],
    "title": ["", "\u202e"],
    "summary": ["", "\x00"],
    "licence": [" "],
    "capacity_rows": ["", "many", "-5", "1e3"],
    "unit_meaning": [""],
    "unit_max_rows": ["", "0", "2"],
    "unit_missing": ['"'],
    "distinct_from": ["NOT AN ID", "visits", '"'],
    "budget_epsilon": ["", "0", "-1", "1e99", "NaN", "x"],
    "delta": ["", "0", "1", "2"],
    "statistics": [("none-such",)],
    "access": [""],
    "price": ["", "-1", "0.001", "1e9999999"],
    "epoch": ["", "first"],
    "total_epsilon": ["0", "1"],
    "separator": ["e", ";;", '"'],
    "unions": ["masked", "all: south x", "masked: south", "plain: visits " + "ab" * 20],
    "products": ["visits", "visits none", "insured insured"],
    "columns": [(), (DraftColumn(),), (VISITS.columns[0],) * 2],
}
SPOILT_COLUMNS = {
    "name": ["", "Doctor visits", "ä"],
    "kind": [""],
    "meaning": [""],
    "low": ["", "ten", "10", "1e-30"],
    "high": ["", "0"],
    "bins": ["1", "0, 5", "many", '"'],
    "null": ["other"],
    "reference": ["5", "1, 2, 3", "x, y"],
    "missing": ['"'],
}


@pytest.mark.parametrize(
    "content",
    [
        *(replace(VISITS, **{name: text}) for name, texts in SPOILT.items() for text in texts),
        *(
            replace(VISITS, columns=(replace(VISITS.columns[0], **{name: text}),))
            for name, texts in SPOILT_COLUMNS.items()
            for text in texts
        ),
    ],
    ids=str,
)
def test_gap_is_told_by_its_field_and_nothing_is_declared(content: DraftContent) -> None:
    gaps = gaps_of(content)
    assert gaps
    names = [field.name for field in fields(content)]
    (changed,) = [name for name in names if getattr(content, name) != getattr(VISITS, name)]
    whole = {"total_epsilon": "policy", "delta": "policy", "budget_epsilon": "policy"}
    assert any(gap.field.split(".")[0] in (changed, whole.get(changed)) for gap in gaps), gaps
    with pytest.raises(Refused, match="draft-incomplete"):
        declaration_of(a_draft(content))
