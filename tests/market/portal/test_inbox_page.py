"""The inbox: its pages, what a person marks as done in it, and requests that are declined there."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

from world.household import DATASET
from world.portal_market import PortalMarket

from market.entities.inbox import InboxItem, InboxPlace
from market.entities.notices import NoticeAddress
from market.services.access.grant_access import ask_access
from market.services.inbox.read_inbox import MOST_MARKS, mark_done, read_inbox, sort_inbox, unmark
from market.services.inbox.read_inbox_rows import PAGE_ROWS
from market.services.inbox.tell_notices import note_waiting


def waiting(market: PortalMarket, name: str) -> list[InboxItem]:
    return read_inbox(market.platform, market.user(name), now=market.now)


def mark(market: PortalMarket, name: str, place: InboxPlace, *, is_done: str = "yes") -> str:
    """Where the browser is sent, by the button that a row has."""
    fields = {"since": str(place.since), "kind": place.kind, "about": place.about}
    browser = market.browser(name)
    answer = browser.post("/inbox/marks", page="/inbox", is_done=is_done, **fields)
    assert answer.status_code == 303
    return str(answer.headers["location"])


def test_what_is_marked_leaves_inbox_and_badge_and_stays_to_be_found(
    listed: PortalMarket,
) -> None:
    job = listed.planned()
    (item,) = waiting(listed, "bob")
    assert mark(listed, "bob", item.place) == "/inbox?done=inbox-done"
    browser = listed.browser("bob")
    text = browser.get("/inbox").text
    assert job.job not in text
    assert "Nothing waits for you." in text
    assert 'class="count"' not in text
    assert browser.get("/api/v1/inbox").json() == []
    assert f'href="/jobs/{job.job}"' in browser.get("/inbox?show=done").text
    assert mark(listed, "bob", item.place, is_done="no") == "/inbox?show=done&done=inbox-undone"
    assert waiting(listed, "bob") == [item]
    assert "You have marked nothing as done." in browser.get("/inbox?show=done").text


def test_a_mark_is_ones_own_and_of_ones_own_inbox(listed: PortalMarket) -> None:
    listed.planned()
    (item,) = waiting(listed, "bob")
    mark(listed, "olga", item.place)
    assert waiting(listed, "bob") == [item]
    assert listed.platform.inbox_marks.of_user("olga") == []


def test_what_something_happens_to_comes_back(listed: PortalMarket) -> None:
    job = listed.planned()
    (sign,) = waiting(listed, "bob")
    mark_done(listed.platform, listed.user("bob"), sign.place, now=listed.now)
    listed.now += 60
    released = listed.released()
    assert [item.kind for item in waiting(listed, "bob")] == ["open"]
    assert released.job != job.job
    inbox = sort_inbox(listed.platform, listed.user("bob"), now=listed.now)
    assert [item.subject for item in inbox.done] == [job.job]


def test_nobody_is_told_of_what_they_have_marked(listed: PortalMarket) -> None:
    listed.planned()
    address = NoticeAddress("bob", "mail", "bob@north.example", "", listed.now)
    listed.platform.notices.put_address(address)
    (item,) = waiting(listed, "bob")
    mark_done(listed.platform, listed.user("bob"), item.place, now=listed.now)
    note_waiting(listed.platform, "", now=listed.now)
    assert listed.platform.notices.due(now=listed.now, limit=9) == []
    unmark(listed.platform, listed.user("bob"), item.place)
    note_waiting(listed.platform, "", now=listed.now)
    assert len(listed.platform.notices.due(now=listed.now, limit=9)) == 1


def test_pages_of_an_inbox_neither_skip_nor_repeat_while_it_changes(listed: PortalMarket) -> None:
    jobs = {listed.planned().job for _ in range(PAGE_ROWS)}
    listed.now += 60
    jobs |= {listed.released().job for _ in range(PAGE_ROWS)}
    browser, address, seen = listed.browser("bob"), "/inbox", list[str]()
    while address:
        text = browser.get(address).text
        found = re.findall(r'<h2><a href="/jobs/(job-[0-9a-f]+)"', text)
        assert len(found) <= PAGE_ROWS
        seen += found
        # What was seen goes meanwhile: the next page goes on behind it all the same.
        first = waiting(listed, "bob")[0]
        mark_done(listed.platform, listed.user("bob"), first.place, now=listed.now)
        later = re.search(r'href="(/inbox\?since=[^"]+)"', text)
        address = unescape(later[1]) if later else ""
        if address:
            assert set(parse_qs(urlsplit(address).query)) == {"since", "kind", "about"}
    assert len(seen) == len(set(seen))
    assert set(seen) == jobs
    assert MOST_MARKS > 2 * PAGE_ROWS


def test_an_owner_declines_a_request_in_the_inbox_with_a_word(market: PortalMarket) -> None:
    market.publish(access="request")
    purpose = "We compare regions."
    ask_access(market.platform, market.user("bob"), DATASET, purpose, now=market.now)
    (item,) = waiting(market, "olga")
    olga = market.browser("olga")
    text = olga.get("/inbox").text
    assert f"<bdi>{purpose}</bdi>" in text
    assert "Bob Buyer</bdi>, <bdi>North Lab" in text
    declined = olga.post(
        f"/datasets/{DATASET}/access-requests/{item.request}/decline",
        page="/inbox",
        answer="Ask again <b>in spring</b>.",
        **{"from": "inbox"},
    )
    assert declined.headers["location"] == "/inbox?done=access-declined"
    assert waiting(market, "olga") == []
    assert (
        "The owner says: <q><bdi>Ask again &lt;b&gt;in spring&lt;/b&gt;.</bdi></q>"
        in market.browser("bob").get(f"/datasets/{DATASET}").text
    )


def test_a_word_that_is_too_long_declines_nothing(market: PortalMarket) -> None:
    market.publish(access="request")
    ask_access(market.platform, market.user("bob"), DATASET, "To learn.", now=market.now)
    (item,) = waiting(market, "olga")
    path = f"/datasets/{DATASET}/access-requests/{item.request}/decline"
    olga = market.browser("olga")
    assert olga.post(path, page="/inbox", answer="a" * 501).status_code == 422
    assert olga.post(path, page="/inbox", answer="a\u202eb").status_code == 422
    assert waiting(market, "olga") == [item]


def test_what_is_approved_by_hand_says_what_its_buyer_wants(market: PortalMarket) -> None:
    market.publish(access="request", approval="manual")
    ask_access(market.platform, market.user("bob"), DATASET, "We compare.", now=market.now)
    market.grant(DATASET, "bob")
    market.requested()
    text = market.browser("olga").get("/inbox").text
    assert "Approve" in text
    assert "<bdi>We compare.</bdi>" in text
    assert "epsilon <strong>" in text
    assert "price <strong>" in text


def test_an_address_that_names_no_place_is_refused(listed: PortalMarket) -> None:
    browser = listed.browser("bob")
    for query in ("since=-1&kind=open", "since=1&kind=other", "show=all", "since=x&kind=open"):
        assert browser.get(f"/inbox?{query}").status_code == 422, query
    assert browser.get("/inbox?since=9999999999&kind=open&about=x").status_code == 200
