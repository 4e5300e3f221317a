"""The forms: what a buyer may choose, and how it is called; of consortia those whose agreement
holds, with those here to whom results may go."""

from __future__ import annotations

import pytest
from world.consortium_builders import CONSORTIUM, a_consortium, a_join_proposal
from world.market import Market
from world.people import CAROL, DORA, settle

from crypto.parameters import SUMS
from market.entities.consortium import Consortium, ConsortiumState
from market.entities.stages import ConsortiumForm
from market.services.access.refresh_forms import refresh_forms


def form_of(market: Market, consortium: Consortium) -> tuple[ConsortiumForm, ...]:
    """What is written for this consortium."""
    market.consortia.kept[consortium.consortium] = [consortium]
    refresh_forms(market.platform, now=market.now)
    return market.forms.read().forms.consortia


def test_consortium_that_holds_has_a_form_with_its_recipients() -> None:
    market = Market()
    settle(market.people, CAROL, DORA)
    assert form_of(market, a_consortium()) == (
        ConsortiumForm(
            CONSORTIUM,
            1,
            "Visits everywhere",
            "union",
            (
                ("carol", "Carol Owner (carol, couriers)"),
                ("dora", "Dora Owner (dora, insurers)"),
                ("olga", "Olga Owner (olga, clinics)"),
            ),
        ),
    )


@pytest.mark.parametrize("until", ["proposed", "joined", "ended"])
def test_consortium_that_does_not_hold_has_no_form(until: ConsortiumState) -> None:
    assert form_of(Market(), a_consortium(until)) == ()


def test_form_offers_nobody_who_cannot_sign() -> None:
    """A recipient whose key nobody has registered, and one who may not sign in."""
    market = Market()
    settle(market.people, CAROL)
    market.people.set_active("carol", False)
    (form,) = form_of(market, a_consortium())
    assert [user for user, _ in form.recipients] == ["olga"]


def test_form_says_how_the_tables_are_put_together() -> None:
    (form,) = form_of(Market(), a_consortium("agreed", a_join_proposal()))
    assert form.composition == "join"


def test_form_says_which_dataset_is_encrypted_for_sums_alone() -> None:
    market = Market()
    market.publish("visits", title="Visits")
    market.publish("stays", title="Stays", parameters=SUMS, recomputation=False)
    forms = market.forms.read().forms.organisations
    assert forms
    for form in forms:
        assert dict(form.datasets) == {"visits": "Visits", "stays": "Stays, sums only"}
