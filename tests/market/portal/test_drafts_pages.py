"""A draft in the portal: kept as it is typed, by two tabs too, and led to its listing."""

from __future__ import annotations

import html
from dataclasses import replace
from typing import Any

import httpx
import pytest
from world.browser import Browser
from world.builders import NOW
from world.drafts import VISITS, form_of
from world.people import OSCAR, settle
from world.portal_market import PortalMarket

from market.entities.draft import MOST_DRAFTS, Draft, DraftColumn, DraftContent
from market.entities.retention import StoredChunk, Upload
from market.policy.listing.policy_templates import template_of
from market.services.publish.take_up_draft import take_up_draft
from market.services.publish.write_draft import start_draft

HALF = replace(
    VISITS,
    title="",
    summary="First line\nand <b>second</b>",
    capacity_rows="many",
    columns=(DraftColumn("age", low="0"), *VISITS.columns),
)


@pytest.fixture
def olga(market: PortalMarket) -> Browser:
    return market.browser("olga")


def started(market: PortalMarket, content: DraftContent = VISITS) -> Draft:
    return start_draft(market.platform, market.olga, content, now=market.now)


def save(
    browser: Browser, draft: Draft, content: DraftContent, *, revision: int = 1, **fields: Any
) -> httpx.Response:
    form = {"revision": str(revision), **form_of(content), **fields}
    return browser.post(f"/drafts/{draft.number}", **form)


def kept(market: PortalMarket, draft: Draft) -> DraftContent:
    return market.platform.drafts.get(draft.number).content


def test_draft_starts_with_the_policy_that_was_chosen(market: PortalMarket, olga: Browser) -> None:
    assert "List a dataset" in olga.get("/").text
    answer = olga.post("/drafts", page="/drafts", template="strict")
    (draft,) = market.platform.drafts.of_organisation("clinics")
    assert answer.headers["location"] == f"/drafts/{draft.number}"
    assert draft.content == template_of("strict").given_to(DraftContent())
    page = olga.get(f"/drafts/{draft.number}").text
    # What nobody has had the time to type is counted, and not held against them.
    assert "still missing" in page
    assert 'class="lack"' not in page


def test_half_a_draft_is_kept_and_told_what_it_lacks(market: PortalMarket, olga: Browser) -> None:
    draft = started(market)
    answer = save(olga, draft, HALF)
    assert answer.headers["location"] == f"/drafts/{draft.number}?done=draft-saved"
    assert kept(market, draft) == HALF
    page = html.unescape(olga.get(f"/drafts/{draft.number}").text)
    for told in ("Give it a title.", "'many' is not a whole number", "Choose its type.", "4 still"):
        assert told in page
    assert "First line\nand <b>second</b></textarea>" in page
    assert "&lt;b&gt;second" in olga.get(f"/drafts/{draft.number}").text


@pytest.mark.parametrize(
    ("deed", "names", "place"),
    [
        ("save", ["age", "visits", "insured"], ""),
        ("add", ["age", "visits", "insured", "sex", "a b"], "#column-3"),
        ("up-2", ["age", "insured", "visits"], "#column-1"),
        ("up-0", ["age", "visits", "insured"], "#column-0"),
        ("down-0", ["visits", "age", "insured"], "#column-1"),
        ("down-2", ["age", "visits", "insured"], "#column-3"),
        ("remove-1", ["age", "insured"], "#columns"),
        ("remove-9", ["age", "visits", "insured"], ""),
    ],
)
def test_columns_are_changed_and_whatever_else_was_typed_is_saved(
    market: PortalMarket, olga: Browser, deed: str, names: list[str], place: str
) -> None:
    draft = started(market)
    answer = save(olga, draft, HALF, deed=deed, new_columns='sex, "a b"')
    assert answer.headers["location"] == f"/drafts/{draft.number}?done=draft-saved{place}"
    content = kept(market, draft)
    assert [column.name for column in content.columns] == names
    assert replace(content, columns=()) == replace(HALF, columns=())


def test_template_replaces_the_policy_alone(market: PortalMarket, olga: Browser) -> None:
    draft = started(market)
    save(olga, draft, HALF, deed="template-strict")
    assert kept(market, draft) == template_of("strict").given_to(HALF)


@pytest.mark.parametrize(
    "spoilt",
    [{"deed": "up-1000"}, {"deed": "template-none"}, {"access": "everybody"}, {"revision": "0"}],
)
def test_form_of_no_page_is_refused(
    market: PortalMarket, olga: Browser, spoilt: dict[str, str]
) -> None:
    draft = started(market)
    answer = save(olga, draft, HALF, **spoilt)
    assert (answer.status_code, kept(market, draft)) == (422, VISITS)


def test_second_tab_sees_both_and_may_save_what_shall_stay(
    market: PortalMarket, olga: Browser
) -> None:
    settle(market.people, OSCAR)
    draft, oscar = started(market), market.browser("oscar")
    theirs = replace(VISITS, title="Theirs", columns=VISITS.columns[:1])
    assert save(oscar, draft, theirs).status_code == 303
    mine = replace(VISITS, title="Mine", price="7")
    answer = save(olga, draft, mine)
    assert (answer.status_code, kept(market, draft)) == (409, theirs)
    for told in ("was saved by oscar", "<bdi>Theirs</bdi>", "<bdi>Mine</bdi>", 'value="Mine"'):
        assert told in answer.text
    assert 'name="revision" value="2"' in answer.text
    assert save(olga, draft, mine, revision=2).status_code == 303
    assert kept(market, draft) == mine


def test_draft_that_is_too_large_is_told_and_stays_in_the_form(
    market: PortalMarket, olga: Browser
) -> None:
    draft = started(market)
    answer = save(olga, draft, replace(VISITS, summary="x" * 140_000))
    assert (answer.status_code, kept(market, draft)) == (422, VISITS)
    assert "expected at most 131,072" in answer.text
    assert "x" * 140_000 in answer.text
    assert 'name="revision" value="1"' in answer.text


def test_draft_is_duplicated_and_deleted(market: PortalMarket, olga: Browser) -> None:
    draft = started(market)
    copy = olga.post(f"/drafts/{draft.number}/duplicate").headers["location"]
    assert olga.post(f"/drafts/{draft.number}/delete").headers["location"].startswith("/drafts?")
    assert olga.get(f"/drafts/{draft.number}").status_code == 404
    (left,) = market.platform.drafts.of_organisation("clinics")
    assert copy.startswith(f"/drafts/{left.number}?")
    assert left.content == VISITS


def test_next_version_is_drafted_from_the_listing(listed: PortalMarket) -> None:
    olga = listed.browser("olga")
    assert "Draft the next version" in olga.get(f"/datasets/{listed.dataset}").text
    answer = olga.post("/drafts", page="/drafts", dataset=listed.dataset)
    (draft,) = listed.platform.drafts.of_organisation("clinics")
    assert answer.headers["location"] == f"/drafts/{draft.number}"
    assert draft.content.title == listed.description.title
    assert "complete" in olga.get(answer.headers["location"]).text


def test_page_shows_the_way_to_the_listing(market: PortalMarket, olga: Browser) -> None:
    draft = started(market, replace(VISITS, dataset=market.dataset))
    page = f"/drafts/{draft.number}"
    command = f"market dataset take-up {draft.number} \\\n  --table table.csv"
    assert command in olga.get(page).text
    take_up_draft(market.platform, market.olga, draft.number, revision=1, now=market.now)
    assert "If the client was stopped, run this again" in olga.get(page).text
    upload = Upload("olga", "clinics", market.dataset, 1)
    chunk = StoredChunk("datasets/a/1/x", 3_000_000)
    market.platform.uploads.announce(upload, chunk, most_bytes=10**9, now=market.now)
    assert "3.0 MB so far" in olga.get(page).text
    market.now += 60
    market.publish()
    listed = olga.get(page).text
    assert f'<a href="/datasets/{market.dataset}">' in listed
    assert "market agent run" in listed


def test_earlier_listing_is_none_of_the_drafts(listed: PortalMarket) -> None:
    draft = started(listed, replace(VISITS, dataset=listed.dataset))
    later = NOW + 10**6
    take_up_draft(listed.platform, listed.olga, draft.number, revision=1, now=later)
    assert "taken up" in listed.browser("olga").get("/drafts").text


def test_drafts_of_an_organisation_are_counted(market: PortalMarket, olga: Browser) -> None:
    for _ in range(MOST_DRAFTS):
        started(market, DraftContent())
    answer = olga.post("/drafts", page="/drafts", template="open")
    assert answer.status_code == 422
    assert "Your organisation has 100 drafts" in answer.text
