from __future__ import annotations

import re

from world.people import PASSWORD
from world.portal_market import PortalMarket

_SHOWN = re.compile(r"<code>http://[^/]+(/password/[\w-]{43})</code>")


def test_an_administrator_brings_in_a_buyer(market: PortalMarket) -> None:
    market.publish()
    browser = market.browser("ada")
    page = "/administration"
    added = browser.post(
        f"{page}/organisations", page=page, organisation="new-lab", organisation_name="New Lab"
    )
    assert added.headers["location"] == f"{page}?done=organisation-added"
    answer = browser.post(
        f"{page}/users", page=page, user="nina", name="Nina", organisation="new-lab", roles="buyer"
    )
    assert answer.status_code == 201
    [link] = _SHOWN.findall(answer.text)
    visitor = market.browser()
    visitor.post(link, page=link, password=PASSWORD)
    signed_in = visitor.post("/sign-in", page="/sign-in", user="nina", password=PASSWORD)
    assert signed_in.status_code == 303
    assert [form.organisation for form in market.forms.read().forms.organisations] == [
        "new-lab",
        "north-lab",
        "rival-lab",
    ]


def test_a_name_that_is_taken_is_told_above_the_form_as_it_was_sent(market: PortalMarket) -> None:
    page = "/administration"
    browser = market.browser("ada")
    taken = browser.post(
        f"{page}/users", page=page, user="bob", name="Second", organisation="harbour", roles="owner"
    )
    assert taken.status_code == 409
    assert "There is a user" in taken.text
    assert 'value="Second"' in taken.text
    assert '<option value="harbour" selected>' in taken.text
    assert re.search(r'id="new-owner"[^>]* checked', taken.text)
    assert not re.search(r'id="new-buyer"[^>]* checked', taken.text)
    malformed = browser.post(
        f"{page}/organisations", page=page, organisation="x", organisation_name="New Lab"
    )
    assert malformed.status_code == 422
    assert 'value="New Lab"' in malformed.text
    assert "Sign out" in malformed.text


def test_roles_and_standing_of_a_user_change(market: PortalMarket) -> None:
    browser = market.browser("ada")
    browser.post(
        "/administration/users/bob/roles", page="/administration", roles=["owner", "buyer"]
    )
    assert market.user("bob").roles == ("owner", "buyer")
    browser.post("/administration/users/bob/active", page="/administration", is_active="no")
    assert not market.user("bob").is_active
    assert "deactivated" in browser.get("/administration").text
    browser.post("/administration/users/bob/active", page="/administration", is_active="yes")
    assert market.user("bob").is_active


def test_the_last_administrator_cannot_lock_himself_out(market: PortalMarket) -> None:
    browser = market.browser("ada")
    for path, fields in (("active", {"is_active": "no"}), ("roles", {"roles": "buyer"})):
        answer = browser.post(f"/administration/users/ada/{path}", page="/administration", **fields)
        assert answer.status_code == 409
    assert market.user("ada").is_active


def test_a_person_is_removed_after_a_look_at_what_that_means(market: PortalMarket) -> None:
    browser, ada = market.browser("bob"), market.browser("ada")
    confirming = "/administration/users/bob/remove"
    assert "stays and verifies" in ada.get(confirming).text
    answer = ada.post(confirming, page=confirming)
    assert answer.headers["location"] == "/administration?done=user-removed"
    assert browser.get("/account").status_code == 303
    users = ada.get("/administration").text
    assert "Former member #1" in users
    assert confirming not in users
    assert ada.post(confirming, page="/administration").status_code == 409
    assert ada.post("/administration/users/ada/remove", page="/administration").status_code == 409


def test_invented_roles_and_ids_are_refused(market: PortalMarket) -> None:
    headers = market.token("ada", "client")
    good = {
        "user": "nina",
        "organisation": "rival-lab",
        "name": "Nina",
        "roles": ["buyer"],
        "password": PASSWORD,
    }
    for change in (
        {"roles": ["superuser"]},
        {"roles": []},
        {"roles": ["buyer", "buyer"]},
        {"user": "Nina"},
        {"user": "market:portal"},
        {"name": "two\nlines"},
        {"organisation": "nowhere"},
        {"password": "short"},
    ):
        answer = market.browser().send(
            "POST", "/api/v1/users", json={**good, **change}, headers=headers
        )
        assert answer.status_code in (404, 422), change
    answer = market.browser().send("POST", "/api/v1/users", json=good, headers=headers)
    assert answer.status_code == 201
    answer = market.browser().send(
        "PATCH", "/api/v1/users/nina", json={"is_active": False}, headers=headers
    )
    assert answer.json()["is_active"] is False
    body = {"organisation": "Bad Id", "name": "x"}
    answer = market.browser().send("POST", "/api/v1/organisations", json=body, headers=headers)
    assert answer.json()["code"] == "form-malformed"


def test_tokens_are_listed_without_secret_and_revoked(market: PortalMarket) -> None:
    headers = market.token("bob", "client")
    secret = headers["Authorization"].removeprefix("Bearer ")
    listed = market.browser().get("/api/v1/tokens", headers=headers)
    assert secret not in listed.text
    [token] = listed.json()
    browser = market.browser("bob")
    assert secret not in browser.get("/account").text
    answer = browser.post(f"/account/tokens/{token['token_id']}/revoke")
    assert answer.headers["location"] == "/account?done=token-revoked"
    assert market.browser().get("/api/v1/tokens", headers=headers).status_code == 401


def test_nobody_revokes_anothers_token(market: PortalMarket) -> None:
    market.token("bob", "client")
    [kept] = market.platform.people.tokens("bob")
    market.browser("eve").post(f"/account/tokens/{kept.token_id}/revoke")
    assert len(market.platform.people.tokens("bob")) == 1


def test_audit_page_keeps_its_filter_and_exports_what_it_shows(market: PortalMarket) -> None:
    browser = market.browser("ada")
    page = "/administration"
    browser.post(f"{page}/users/bob/active", page=page, is_active="no")
    browser.post(f"{page}/users/eve/active", page=page, is_active="no")
    browser.post(f"{page}/users/bob/active", page=page, is_active="yes")
    query = "by=ada&act=deactivated&organisation=north-lab"
    text = browser.get(f"{page}/audit?{query}").text
    assert text.count("<strong>Deactivated</strong>") == 1
    assert "<strong>Activated</strong>" not in text
    assert '<option value="deactivated" selected>deactivated</option>' in text
    assert f'href="/administration/audit/export?{query.replace("&", "&amp;")}"' in text
    exported = browser.get(f"{page}/audit/export?{query}")
    assert exported.headers["content-disposition"].startswith("attachment")
    told = exported.json()
    assert [one["record"]["subject"] for one in told["entries"]] == ["bob"]
    assert told["head"]["record"]["number"] == 3
    assert "No entry is like that." in browser.get(f"{page}/audit?by=nobody").text


def test_audit_page_tells_above_the_form_what_is_wrong_with_it(market: PortalMarket) -> None:
    answer = market.browser("ada").get("/administration/audit?since=soon&act=hack")
    assert answer.status_code == 422
    assert "Correct" in answer.text or "Choose one of" in answer.text
    assert 'value="soon"' in answer.text
