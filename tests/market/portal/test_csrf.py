from __future__ import annotations

import re

import pytest
from fastapi.routing import APIRoute
from world.people import PASSWORD
from world.portal_market import PortalMarket

from market.portal.access import csrf_token


def page_forms(market: PortalMarket) -> list[str]:
    """Every path a page's form is posted to, with its parameters filled in."""
    return [
        re.sub(r"{(\w+)}", lambda match: FILLED[match[1]], route.path)
        for route in market.app.routes
        if isinstance(route, APIRoute)
        and not route.include_in_schema
        and "POST" in (route.methods or ())
    ]


FILLED = {
    "asked": "some",
    "dataset": "household-visits",
    "draft": "1",
    "job": "job-0",
    "name": "bob",
    "organisation": "north-lab",
    "secret": "some",
    "session_id": "some",
    "token_id": "some",
}


def test_every_form_needs_the_sessions_token(listed: PortalMarket) -> None:
    browser = listed.browser("olga")
    forms = page_forms(listed)
    assert len(forms) >= 11
    for path in forms:
        if path.startswith(("/setup/", "/password/")):
            continue
        for sent in ({}, {"csrf": ""}, {"csrf": csrf_token("another")}, {"csrf": "ä"}):
            answer = browser.send("POST", path, data=sent)
            assert answer.status_code == 403, (path, sent)


def test_a_form_without_any_cookie_is_refused(market: PortalMarket) -> None:
    token = market.browser().csrf("/sign-in")
    answer = market.browser().send(
        "POST", "/sign-in", data={"csrf": token, "user": "bob", "password": PASSWORD}
    )
    assert answer.status_code == 403


def test_a_token_from_before_sign_in_does_not_serve_after_it(market: PortalMarket) -> None:
    browser = market.browser()
    before = browser.csrf("/sign-in")
    browser.post("/sign-in", page="/sign-in", user="bob", password=PASSWORD)
    assert browser.send("POST", "/sign-out", data={"csrf": before}).status_code == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_request_another_site_made_is_refused(market: PortalMarket, site: str) -> None:
    browser = market.browser("bob")
    answer = browser.send(
        "POST",
        "/sign-out",
        data={"csrf": browser.csrf("/account")},
        headers={"Sec-Fetch-Site": site},
    )
    assert answer.status_code == 403


def test_the_api_takes_a_session_for_reading_only_without_its_token(listed: PortalMarket) -> None:
    browser = listed.browser("bob")
    assert browser.get("/api/v1/whoami").json()["user"] == "bob"
    body = {"purpose": "to learn"}
    path = "/api/v1/datasets/household-visits/access-requests"
    refused = browser.send("POST", path, json=body)
    assert (refused.status_code, refused.json()["code"]) == (403, "csrf-token")
    token = csrf_token(browser.cookies["market_session"])
    answer = browser.send("POST", path, json=body, headers={"X-CSRF": token})
    assert answer.json()["code"] == "access-not-on-request"


def test_a_files_form_is_refused(market: PortalMarket) -> None:
    browser = market.browser("bob")
    data = {"csrf": browser.csrf("/account")}
    answer = browser.send("POST", "/sign-out", data=data, files={"file": b"bytes"})
    assert answer.status_code == 400
