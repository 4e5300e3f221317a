"""A dataset's page and the API tell everybody that its listing was changed, its owner also how."""

from __future__ import annotations

from dataclasses import replace

from world.builders import sign, text
from world.portal_market import PortalMarket

from market.records.listing import Listing
from market.records.signed import open_signed

DATASET = PortalMarket.dataset
PAGE = f"/datasets/{DATASET}"
LISTINGS = f"/api/v1/datasets/{DATASET}/listings"


def relist(market: PortalMarket, edition: int, **policy: int) -> int:
    newest = market.catalogue.dataset(DATASET).listing.record
    listing = replace(newest, edition=edition, policy=replace(newest.policy, **policy))
    answer = market.browser().send(
        "POST",
        LISTINGS,
        json={"listing": text(sign(listing))},
        headers=market.token("olga", "owner"),
    )
    return answer.status_code


def test_page_says_that_the_listing_was_changed(listed: PortalMarket) -> None:
    assert "listing changed" not in listed.browser("bob").get(PAGE).text
    assert relist(listed, 2, price_cents=900) == 201
    shown = listed.browser("bob").get(PAGE).text
    assert "listing changed" in shown
    assert "(edition 2)" in shown
    assert "9.00" in shown


def test_owner_reads_every_edition_as_it_was_signed(listed: PortalMarket) -> None:
    relist(listed, 2, price_cents=900)
    lines = listed.browser().send("GET", LISTINGS, headers=listed.token("olga", "owner")).json()
    assert [(one["version"], one["edition"]) for one in lines] == [(1, 1), (1, 2)]
    prices = [
        open_signed(Listing, one["listing"].encode()).record.policy.price_cents for one in lines
    ]
    assert prices == [listed.policy.price_cents, 900]
    # Neither another listing under its number nor an earlier one takes its place.
    assert relist(listed, 2, price_cents=800) == 409
    assert relist(listed, 1) == 409


def test_owner_alone_sees_what_each_edition_changed(listed: PortalMarket) -> None:
    relist(listed, 2, price_cents=900)
    shown = listed.browser("olga").get(PAGE).text
    for told in ("2 listings, and what each changed", "Price of a job", "until now", "edition 2"):
        assert told in shown, told
    assert "what each changed" not in listed.browser("bob").get(PAGE).text
