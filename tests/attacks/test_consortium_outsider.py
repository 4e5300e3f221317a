"""Somebody without a seat looks for a consortium: by its list, its name, the number of an agreement
they were never in. They are told what anybody is told of a consortium that there is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from world.builders import text
from world.consortium_builders import CONSORTIUM, a_departure, a_proposal, agreement_of, by_member
from world.consortium_builders import seats as seats_of
from world.consortium_market import founded, settle_members
from world.portal_market import PortalMarket

from market.records.signed import record_hash


@pytest.fixture
def market(tmp_path: Path) -> PortalMarket:
    """Three members agreed; hugo of the auditors has no seat, nor has bob the buyer."""
    market = PortalMarket(tmp_path)
    settle_members(market)
    founded(market, "agreed")
    return market


def told(market: PortalMarket, name: str, path: str) -> tuple[int, Any]:
    answer = market.browser().get(f"/api/v1/{path}", headers=market.token(name, "client", "owner"))
    return answer.status_code, answer.json()


@pytest.mark.parametrize("name", ["hugo", "bob"])
def test_outsider_learns_nothing_of_it(market: PortalMarket, name: str) -> None:
    assert told(market, name, "consortia") == (200, [])
    for number in ("", "?number=1", "?number=2"):
        status, body = told(market, name, f"consortia/{CONSORTIUM}{number}")
        unknown, words = told(market, name, f"consortia/three-banks{number}")
        assert (status, str(body).replace(CONSORTIUM, "three-banks")) == (unknown, str(words))
        assert status == 404


def test_new_member_is_shown_no_agreement_before_their_own(market: PortalMarket) -> None:
    agreement = agreement_of(market.consortia.newest(CONSORTIUM))
    departure = by_member(a_departure(agreement, "insurers"), "insurers")
    market.consortia.add_departure(CONSORTIUM, 1, departure)
    following = a_proposal(
        number=2,
        previous=record_hash(agreement),
        seats=seats_of(("auditors", None), ("clinics", 0), ("couriers", 0)),
    )
    market.consortia.propose(by_member(following, "clinics"), now=market.now)
    assert told(market, "hugo", f"consortia/{CONSORTIUM}")[0] == 200
    assert told(market, "hugo", f"consortia/{CONSORTIUM}?number=1")[0] == 404
    assert told(market, "dora", f"consortia/{CONSORTIUM}?number=1")[0] == 200
    assert told(market, "dora", f"consortia/{CONSORTIUM}")[0] == 404
    assert (
        text(departure) in told(market, "ada", f"consortia/{CONSORTIUM}?number=1")[1]["departures"]
    )
