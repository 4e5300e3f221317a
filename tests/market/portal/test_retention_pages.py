"""What people are told of ciphertext that nobody needs: what is due, what went, and when."""

from __future__ import annotations

import pytest
from world.builders import DAY
from world.portal_market import PortalMarket

from market.portal.housekeeper import DROP_SECONDS, Housekeeper

OPERATIONS = "/administration/operations"
DATASET = PortalMarket.dataset
PAGE = f"/datasets/{DATASET}"
KEPT = 90 * DAY


@pytest.fixture
def superseded(listed: PortalMarket) -> PortalMarket:
    """Whose first version nobody needs, for as long as such is kept."""
    listed.publish(version=2)
    listed.now += KEPT
    return listed


def keep_house(market: PortalMarket, rounds: int = 3) -> None:
    housekeeper = market.app.state.housekeeper
    for _ in range(rounds):
        housekeeper.keep_house(now=market.now)
    assert housekeeper.troubles == {}


def test_operator_reads_what_is_due_and_what_was_freed(superseded: PortalMarket) -> None:
    market = superseded
    text = market.browser("ada").get(OPERATIONS).text
    assert "Needed by nobody, and deleted next:" in text
    assert f"{DATASET}/1" in text
    assert "Freed within 30 days" not in text
    keep_house(market)
    text = market.browser("ada").get(OPERATIONS).text
    assert "deleted next" not in text
    assert "Freed within 30 days" in text
    assert "of 1 version that nobody needed" in text
    assert "ciphertext-dropped" in market.browser("ada").get("/administration/audit").text


def test_objects_and_bytes_are_counted(superseded: PortalMarket) -> None:
    market = superseded
    chunks = [
        chunk.size_bytes
        for column in market.catalogue.version(DATASET, 1).manifest.record.columns
        for chunk in column.chunks
    ]
    told = market.app.state.measures.registry.get_sample_value
    assert told("market_due_bytes") == sum(chunks)
    keep_house(market)
    assert told("market_due_bytes") == 0
    assert told("market_dropped_objects_total") == len(chunks)
    assert told("market_dropped_bytes_total") == sum(chunks)


def test_house_is_searched_now_and_then_only(listed: PortalMarket) -> None:
    housekeeper = Housekeeper(listed.platform, 1, "one")
    housekeeper.keep_house(now=listed.now)
    listed.publish(version=2)
    looked_at = listed.now + KEPT
    housekeeper.keep_house(now=looked_at - 1)
    housekeeper.keep_house(now=looked_at)
    assert listed.catalogue.version(DATASET, 1).is_stored
    housekeeper.keep_house(now=looked_at - 1 + DROP_SECONDS)
    assert not listed.catalogue.version(DATASET, 1).is_stored


def test_owner_reads_how_long_it_stays_and_when_it_went(superseded: PortalMarket) -> None:
    market = superseded
    market.now -= DAY
    text = market.browser("olga").get(PAGE).text
    assert "deleted 90 days after its version was superseded" in text
    assert "ciphertext kept until" in text
    market.now += DAY
    keep_house(market)
    assert "ciphertext deleted on" in market.browser("olga").get(PAGE).text
    answer = market.browser().send("GET", f"/api/v1{PAGE}", headers=market.token("olga", "owner"))
    told = answer.json()
    assert told["kept_seconds"] == KEPT
    assert [one["version"] for one in told["versions"]] == [2, 1]
    newer, older = told["versions"]
    assert (newer["kept_until"], newer["is_stored"], newer["dropped_at"]) == (None, True, None)
    assert (older["is_stored"], older["dropped_at"]) == (False, market.now)


def test_page_of_a_withdrawn_dataset_says_when_its_ciphertext_went(listed: PortalMarket) -> None:
    listed.stand("withdrawn")
    listed.now += KEPT
    keep_house(listed)
    text = listed.browser("bob").get(PAGE).text
    assert "<dt>Ciphertext</dt><dd>deleted on <time" in text
