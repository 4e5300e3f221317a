"""What a dataset's next version does not have to be told again: how its file is laid out."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest
from world.drafts import VISITS
from world.live_market import LiveMarket, live_market, now

from market.owner.declaration.describe import parse_declaration
from market.owner.drafting.declarations import continued_declaration
from market.owner.drafting.draft_declaration import declaration_text
from market.owner.drafting.take_up import Offer, take_up
from market.owner.publish.kept_layout import KeptLayout, kept_layout, with_kept_layout
from market.owner.table.read_table import read_header
from market.policy.drafts.draft_gaps import gaps_of
from market.records.fingerprint_words import words_of
from market.services.publish.write_draft import start_next_version

pytestmark = pytest.mark.stories


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveMarket]:
    with live_market(tmp_path_factory.mktemp("laid-out")) as made:
        yield made


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "visits.csv"
    path.write_text(LAID_OUT)
    return path


LAID_OUT = """Person No.;Visits, in 2024;Insured?;Rate
p1;-200;yes;3,5
n, a;4;no;-9
"""
LAID_OUT_DECLARATION = f"""
dataset = "laid-out"
title = "Doctor visits"
summary = "A survey.\\nOf two regions."
provenance = "Made up."
licence = "CC0"
terms = "None."
capacity_rows = 4000
products = [["rate", "rate"], ["insured", "visits"]]
encrypted_for = "products"
separator = ";"
[privacy_unit]
column = "person"
header = "Person No."
missing = ["n, a", -1]
max_rows = 2
meaning = "one respondent"
[population]
distinct_from = ["staff-2024"]
[together]
sold_alone = false
[[together.unions]]
values = "masked"
others = {{ visits-south = "{words_of("5a" * 20)}", visits-west = "{words_of("0b" * 20)}" }}
[[together.unions]]
values = "plain"
others = {{ visits-south = "{words_of("5a" * 20)}" }}
[[columns]]
name = "visits"
header = "Visits, in 2024"
type = "numeric"
low = 0
high = 10
unit = "visits"
null = "low"
meaning = "Visits in a year"
missing = [-200, "NA"]
bins = {{ count = 5 }}
[[columns]]
name = "insured"
header = "Insured?"
type = "boolean"
null = "drop_row"
meaning = "Has private insurance"
[[columns]]
name = "rate"
type = "numeric"
low = "-0.5"
high = "9.5"
null = "midpoint"
meaning = "Rate"
missing = [-9]
decimal = ","
reference_mean = "3.25"
reference_sd = "1"
[policy]
budget_epsilon = 20
buyer_epsilon = 5
job_epsilon = "2.5"
delta = "0.000001"
statistics = ["count", "mean", "histogram"]
access = "request"
approval = "manual"
recomputation = false
price_cents = 1250
epoch = 2
total_epsilon = 40
"""


def test_next_version_is_declared_as_the_one_before(market: LiveMarket, table: Path) -> None:
    """From dataset to draft to what would be signed: what the portal knows by the listing, how the
    file is laid out by the owner's own declaration."""
    market.publish("staff-2024")
    market.publish("laid-out", text=LAID_OUT_DECLARATION, table=LAID_OUT)
    draft = start_next_version(market.platform, market.olga, "laid-out", now=now())
    assert gaps_of(draft.content) == ()
    assert "Insured?" not in draft.content.document()
    assert "-200" not in draft.content.document()
    offers = list[Offer]()
    kept = partial(kept_layout, market.home.path)
    take_up(
        market.client("olga", "owner"),
        draft.number,
        table,
        out=None,
        agree=lambda offer: not offers.append(offer),  # type: ignore[func-returns-value]
        kept=kept,
    )
    (offer,) = offers
    assert offer.declaration == parse_declaration(LAID_OUT_DECLARATION)
    for told in (
        "version 1",
        "separator ;",
        "header of insured (Insured?)",
        "rate is written 1234,5",
    ):
        assert told in offer.filled
    begun = continued_declaration(market.home, draft.content, table)
    assert parse_declaration(declaration_text(begun.declared)) == offer.declaration


def test_what_a_draft_says_of_its_file_is_what_counts(table: Path) -> None:
    kept = KeptLayout(1, tomllib.loads(LAID_OUT_DECLARATION, parse_float=Decimal))
    table.write_text(LAID_OUT.replace("Visits, in 2024", "visits").replace(";", ","))
    content = replace(
        VISITS,
        separator=",",
        columns=(replace(VISITS.columns[0], missing="none"), VISITS.columns[1]),
    )
    filled = with_kept_layout(content, kept, read_header(table))
    visits, insured = filled.content.columns
    assert (visits.header, visits.missing, visits.written) == ("", "none", "")
    assert insured.header == "Insured?"
    assert filled.content.separator == ","
    assert filled.content.unit_missing == ""
    assert with_kept_layout(content, None, read_header(table)).content == content
