from __future__ import annotations

from world.portal_market import PortalMarket

from market.errors import Refused
from market.services.access.grant_access import ask_access

PROBE = """<script>alert(1)</script><img src=x onerror=alert(1)>"'{{7*7}}"""


def assert_harmless(text: str) -> None:
    assert "<script>alert" not in text
    assert "<img src=x" not in text
    assert "&lt;script&gt;" in text
    assert "{{7*7}}" in text


def test_what_an_owner_writes_is_text(market: PortalMarket) -> None:
    market.publish(
        title=PROBE, summary=PROBE, provenance=PROBE, licence=PROBE, terms=PROBE, access="open"
    )
    browser = market.browser("bob")
    assert_harmless(browser.get("/").text)
    assert_harmless(browser.get("/datasets/household-visits").text)
    assert_harmless(market.browser("olga").get("/datasets/household-visits").text)
    job = market.submit()
    assert_harmless(browser.get(f"/jobs/{job.job}").text)


def test_what_a_buyer_writes_is_text(market: PortalMarket) -> None:
    market.publish(access="request")
    ask_access(market.platform, market.user("bob"), "household-visits", PROBE, now=market.now)
    browser = market.browser("olga")
    assert_harmless(browser.get("/datasets/household-visits").text)
    assert_harmless(browser.get("/inbox").text)


def test_what_a_program_makes_a_refusal_say_is_text(listed: PortalMarket) -> None:
    job = listed.stopped_by(Refused("plan-name", f"statistic name {PROBE}", PROBE))
    assert_harmless(listed.browser("bob").get(f"/jobs/{job.job}").text)


def test_what_an_agent_says_is_text(listed: PortalMarket) -> None:
    job = listed.refused_by_owner(message=PROBE)
    assert_harmless(listed.browser("bob").get(f"/jobs/{job.job}").text)


def test_what_stands_in_an_address_is_text(market: PortalMarket) -> None:
    browser = market.browser("bob")
    assert_harmless(browser.get(f"/?words={PROBE}").text)
    assert_harmless(browser.get(f"/airflow?browser={'5e' * 32}&next={PROBE}").text)
    answer = browser.get(f"/datasets/{PROBE.replace('/', '%2F')}")
    assert answer.status_code == 404
    assert "<script>alert" not in answer.text


def test_the_name_a_stranger_types_is_text(market: PortalMarket) -> None:
    answer = market.browser().post("/sign-in", page="/sign-in", user=PROBE, password="wrong")
    assert answer.status_code == 403
    assert_harmless(answer.text)


def test_names_and_labels_are_text(market: PortalMarket) -> None:
    market.platform.people.issue_token(
        "bob", ("client",), PROBE, now=market.now, lifetime_seconds=60
    )
    assert_harmless(market.browser("bob").get("/account").text)
