"""grant_access: a buyer asks, the owner grants, declines or takes back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from world.builders import DATASET, a_grant, a_listing, a_manifest, a_revocation, sign, text
from world.market import REGIONS, Market
from world.people import fingerprint

from market.errors import NotFound, NotPermitted, Refused
from market.services.access.grant_access import (
    accept_grant,
    accept_revocation,
    ask_access,
    decline_access,
)
from market.services.inbox.read_inbox import read_inbox


def test_buyer_asks_and_the_grant_answers_him(closed: Market) -> None:
    asked = ask_access(closed.platform, closed.bob, DATASET, "  A study  ", now=closed.now)
    assert (asked.purpose, asked.buyer_fingerprint) == ("A study", fingerprint("bob"))
    assert [item.kind for item in read_inbox(closed.platform, closed.olga, now=0)] == ["access"]
    accept_grant(closed.platform, closed.olga, text(sign(a_grant())), now=closed.now)
    assert closed.catalogue.access_requests(DATASET)[0].state == "granted"
    assert read_inbox(closed.platform, closed.olga, now=0) == []
    assert closed.planned().state == "planned"


def test_access_is_asked_for_by_a_buyer_where_it_is_given_on_request(
    market: Market, closed: Market
) -> None:
    with pytest.raises(NotPermitted, match="access-not-on-request"):
        ask_access(market.platform, market.bob, DATASET, "A study", now=market.now)
    for user in (closed.olga, replace(closed.bob, identity_key="")):
        with pytest.raises(NotPermitted, match="not-a-buyer"):
            ask_access(closed.platform, user, DATASET, "A study", now=closed.now)


def test_owner_declines_requests_for_his_own_dataset_only(closed: Market) -> None:
    asked = ask_access(closed.platform, closed.bob, DATASET, "A study", now=closed.now)
    with pytest.raises(NotPermitted, match="not-your-dataset"):
        decline_access(closed.platform, closed.bob, DATASET, asked.request)
    decline_access(closed.platform, closed.olga, DATASET, asked.request)
    assert closed.catalogue.access_requests(DATASET)[0].state == "declined"


def test_owner_of_another_dataset_cannot_decline_in_its_name(closed: Market) -> None:
    asked = ask_access(closed.platform, closed.bob, DATASET, "A study", now=closed.now)
    closed.second_owner()
    closed.catalogue.publish(
        sign(a_listing(a_manifest(dataset="other-visits")), by="oscar"),
        sign(a_manifest(dataset="other-visits"), by="oscar"),
        owner="oscar",
        organisation="clinics",
        caps={},
        now=closed.now,
    )
    with pytest.raises(NotFound, match="no-access-request"):
        decline_access(closed.platform, closed.people.user("oscar"), "other-visits", asked.request)
    assert closed.catalogue.access_requests(DATASET)[0].state == "waiting"


@pytest.mark.parametrize(
    ("by", "change"),
    [("bob", {}), ("agent", {}), ("platform", {}), ("olga", {"lineages": ("b2" * 16,)})],
)
def test_grant_not_of_the_owners_hand_or_of_other_lineages_is_refused(
    closed: Market, by: str, change: dict[str, Any]
) -> None:
    document = text(sign(a_grant(**change), by=by))
    with pytest.raises(Refused, match="grant-invalid"):
        accept_grant(closed.platform, closed.olga, document, now=closed.now)
    with pytest.raises(Refused, match="no-grant"):
        closed.submit()


def test_grant_or_revocation_by_another_user_is_not_permitted(closed: Market) -> None:
    with pytest.raises(NotPermitted, match="not-your-dataset"):
        accept_grant(closed.platform, closed.bob, text(sign(a_grant())), now=closed.now)
    with pytest.raises(NotPermitted, match="not-your-dataset"):
        accept_revocation(closed.platform, closed.bob, text(sign(a_revocation())), now=closed.now)


def test_revoked_grant_entitles_to_nothing_new(closed: Market) -> None:
    accept_grant(closed.platform, closed.olga, text(sign(a_grant())), now=closed.now)
    planned = closed.planned()
    document = text(sign(a_revocation(), by="bob"))
    with pytest.raises(Refused, match="revocation-invalid"):
        accept_revocation(closed.platform, closed.olga, document, now=closed.now)
    accept_revocation(closed.platform, closed.olga, text(sign(a_revocation())), now=closed.now)
    with pytest.raises(Refused, match="no-grant"):
        closed.submit(REGIONS)
    assert closed.jobs.get(planned.job).state == "planned"
