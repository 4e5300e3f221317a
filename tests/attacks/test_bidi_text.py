"""A text that reads otherwise than it is written: direction controls turn words round, zero widths
make two names look like one."""

from __future__ import annotations

from pathlib import Path

import pytest
from world.household import POLICY, SCHEMA
from world.people import PASSWORD
from world.portal_market import PortalMarket

from crypto.errors import FormatError
from market import wire
from market.entities.people import Organisation
from market.errors import Refused
from market.plan.schema import BooleanColumn, CategoricalColumn, NumericColumn, PrivacyUnit
from market.policy.submission.submission import Submission
from market.records.approval import Refusal
from market.records.listing import Description, Listing
from market.services.access.grant_access import ask_access
from market.services.people.administer_people import check_organisation

TURNED = "Free for \u202edesu eb ton od\u202c all"
HIDDEN = "house\u200bhold"
TEXTS = pytest.mark.parametrize("text", [TURNED, HIDDEN, "a\u2067b\u2069", "a\u061cb", "a\x1b[2Jb"])


@pytest.fixture
def market(tmp_path: Path) -> PortalMarket:
    return PortalMarket(tmp_path)


@TEXTS
@pytest.mark.parametrize("field", ["title", "summary", "provenance", "licence", "terms"])
def test_listing_with_such_a_text_is_no_listing(text: str, field: str) -> None:
    words = dict.fromkeys(("title", "summary", "provenance", "licence", "terms"), "Plain.")
    with pytest.raises(ValueError, match="nobody can see"):
        Description(**words | {field: text})
    plain = wire.to_json(Listing("visits", 1, Description(**words), SCHEMA, POLICY, "00" * 32))
    plain["description"][field] = text
    with pytest.raises(FormatError):
        wire.from_json(Listing, plain)


@TEXTS
def test_schema_with_such_a_text_is_no_schema(text: str) -> None:
    for make in (
        lambda: NumericColumn("a", "0", "1", text, "years", "low", None, None),
        lambda: NumericColumn("a", "0", "1", "Age", text, "low", None, None),
        lambda: CategoricalColumn("a", ("good",), text),
        lambda: CategoricalColumn("a", (text,), "Health"),
        lambda: BooleanColumn("a", text, "false"),
        lambda: PrivacyUnit("a", 1, text),
    ):
        with pytest.raises(ValueError, match=r"nobody can see|is not a level"):
            make()


@TEXTS
def test_refusal_with_such_a_text_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="nobody can see"):
        Refusal("job-1", "00" * 32, "00" * 32, ("00" * 32,), "owner-refused", text, "Ask.", 0)


@TEXTS
def test_purpose_and_names_and_labels_are_refused(market: PortalMarket, text: str) -> None:
    market.publish(access="request")
    with pytest.raises(Refused, match="text-unreadable"):
        ask_access(market.platform, market.user("bob"), "household-visits", text, now=market.now)
    with pytest.raises(Refused, match="text-unreadable"):
        check_organisation(Organisation("clinic", text))
    body = {"user": "bob", "password": PASSWORD, "label": text}
    answer = market.browser().send("POST", "/api/v1/tokens", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "text-unreadable")


@TEXTS
def test_submission_is_refused(text: str) -> None:
    for repository, dataset in ((text, "visits"), ("https://git.example/x", text)):
        with pytest.raises(Refused, match="text-unreadable"):
            Submission(repository, "ab" * 20, dataset, "1").normal()


def test_text_from_right_to_left_stays_in_its_place(market: PortalMarket) -> None:
    title, purpose = "زيارات الطبيب", "ביקורים אצל רופא"
    market.publish(title=title, access="request")
    ask_access(market.platform, market.user("bob"), "household-visits", purpose, now=market.now)
    browser = market.browser("olga")
    assert f"<bdi>{title}</bdi>" in browser.get("/").text
    page = browser.get("/datasets/household-visits").text
    assert f"<bdi>{title}</bdi>" in page
    assert f"<bdi>{purpose}</bdi>" in page
