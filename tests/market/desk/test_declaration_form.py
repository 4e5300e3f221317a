"""A form that nobody touched says what its declaration says: nothing is lost on a page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from world.desk_browser import DeskBrowser
from world.drafts import VISITS
from world.live_market import live_market
from world.sent_forms import sent_form
from world.signed_in_desk import SCOPES, signed_in_home

from market.desk.owner.declaration_form import typed_declaration
from market.entities.draft import DraftContent
from market.owner.drafting.declarations import BegunDeclaration, Line, keep_declaration
from market.pages.declaration_choices import NULL_WORDS
from market.plan.statistics import BY_KIND

pytestmark = pytest.mark.stories

DECLARE = "/tables/declare/stays"
SEVERAL_LINES = ("summary", "provenance", "terms", "unions")
TEXTS = st.sampled_from(['"><b>', "&amp;", "a, b", " x ", "0.000001", "é ’", "", "yes"])


def typed_over(one: Any, **never: Any) -> st.SearchStrategy[Any]:
    """This one with some of its members typed over, or chosen otherwise."""
    hints, kinds = get_type_hints(type(one)), dict[str, st.SearchStrategy[Any]]()
    for member in fields(one):
        chosen = get_args(hints[member.name])
        lines = st.lists(TEXTS, max_size=3).map("\n".join)
        typed = lines if member.name in SEVERAL_LINES else TEXTS
        kinds[member.name] = st.sampled_from(chosen) if chosen else typed
    if "null" in kinds:
        kinds["null"] = st.sampled_from([rule for rule, _ in NULL_WORDS])
    changed = st.fixed_dictionaries({}, optional={k: v for k, v in kinds.items() if k not in never})
    return changed.map(lambda found: replace(one, **found, **never))


@st.composite
def begun_declarations(draw: st.DrawFn) -> BegunDeclaration:
    columns = draw(st.lists(typed_over(VISITS.columns[0]), min_size=1, max_size=2))
    sold = draw(st.sets(st.sampled_from(list(BY_KIND))))
    content = typed_over(
        VISITS,
        dataset="stays",
        statistics=tuple(kind for kind in BY_KIND if kind in sold),
        columns=(),
        unit_column=draw(st.sampled_from(["", *(column.name for column in columns)])),
        # Yes and no alone are offered where nothing said is one of them.
        sold_alone=draw(st.sampled_from(["", "no"])),
        decimal_comma=draw(st.sampled_from(["", "yes"])),
    )
    lines = tuple(Line(column, draw(st.booleans())) for column in columns)
    return BegunDeclaration("/data/stays.csv", draw(content), lines)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[DeskBrowser]:
    with live_market(tmp_path) as market:
        signed_in_home(market, market.root / "client", "olga", *SCOPES)
        browser = DeskBrowser.at(market.root)
        yield browser
        browser.desk.close()


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(begun=begun_declarations())
def test_form_that_nobody_touched_says_what_was_declared(
    desk: DeskBrowser, begun: BegunDeclaration
) -> None:
    with desk.desk.agent() as (home, _):
        keep_declaration(home, begun)
    form = sent_form(desk.get(DECLARE).text, DECLARE)
    assert typed_declaration(begun, form) == begun
    names = {one.name for one in fields(DraftContent)} - {"dataset", "statistics", "columns"}
    assert names <= form.keys(), "a member without a field could not be changed"
