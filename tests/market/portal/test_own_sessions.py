"""A person sees where they are signed in, and ends it there."""

from __future__ import annotations

import pytest
from world.people import PASSWORD
from world.portal_market import PortalMarket

from market.policy.finding.audit_filter import Wanted
from market.portal.client_names import client_name
from market.services.audit_trail import read_trail

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def test_a_lost_session_is_known_by_its_client_and_ended(market: PortalMarket) -> None:
    lost, here = market.browser(), market.browser("bob")
    form = {"csrf": lost.csrf("/sign-in"), "user": "bob", "password": PASSWORD}
    lost.send("POST", "/sign-in", data=form, headers={"User-Agent": FIREFOX})
    page = here.get("/account").text
    assert "Firefox on Linux" in page
    assert "Mozilla" not in page
    assert page.count("this one") == 1
    found = {one["client"]: one["session_id"] for one in here.get("/api/v1/sessions").json()}
    answer = here.post(f"/account/sessions/{found['Firefox on Linux']}/end")
    assert answer.headers["location"] == "/account?done=session-ended"
    assert lost.get("/account").status_code == 303
    assert here.get("/account").status_code == 200


def test_a_program_ends_a_session_of_its_person_and_of_nobody_else(market: PortalMarket) -> None:
    browser = market.browser("bob")
    (one,) = market.browser().get("/api/v1/sessions", headers=market.token("bob", "client")).json()
    for name, left in (("eve", 200), ("bob", 303)):
        headers = market.token(name, "client")
        path = f"/api/v1/sessions/{one['session_id']}"
        assert market.browser().send("DELETE", path, headers=headers).status_code == 204
        assert browser.get("/account").status_code == left


def test_tokens_stand_in_the_trail_from_their_making_to_their_end(market: PortalMarket) -> None:
    asked = {"user": "bob", "password": PASSWORD, "label": "laptop", "scopes": ["client"]}
    browser = market.browser()
    wrong = asked | {"password": "not the right words"}
    assert browser.send("POST", "/api/v1/tokens", json=wrong).status_code == 403
    secrets = [browser.send("POST", "/api/v1/tokens", json=asked).json()["token"] for _ in range(2)]
    headers = [{"Authorization": f"Bearer {secret}"} for secret in secrets]
    first, second = browser.get("/api/v1/tokens", headers=headers[0]).json()
    browser.send("DELETE", f"/api/v1/tokens/{second['token_id']}", headers=headers[0])
    browser.send("DELETE", "/api/v1/tokens/current", headers=headers[0])
    trail = read_trail(market.platform, market.user("ada"), below=None, wanted=Wanted(by="bob"))
    one, two = (f"{token['token_id']} client" for token in (first, second))
    assert [(entry.act, entry.before, entry.after) for entry in reversed(trail.entries)] == [
        ("token-made", "", one),
        ("token-made", "", two),
        ("token-revoked", two, ""),
        ("token-revoked", one, ""),
    ]


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (FIREFOX, "Firefox on Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
            "Edge on Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, "
            "like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
            "Safari on iPhone",
        ),
        ("<script>alert(1)</script>", ""),
        ("", ""),
    ],
)
def test_client_is_named_by_browser_and_system(user_agent: str, name: str) -> None:
    assert client_name(user_agent) == name
