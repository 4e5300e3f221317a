"""Limits as programs and browsers meet them: 429 with the time to wait, and an operator's page."""

from __future__ import annotations

import pytest
from world.portal_market import PortalMarket

from market.errors import TooMany
from market.pages.words import count
from market.portal.request_rates import LIMIT_SECONDS, RequestRates

PAGE = "/administration/organisations/north-lab"


def test_bucket_gives_a_minutes_worth_and_fills_again() -> None:
    rates = RequestRates(lambda _organisation: 3)
    for _ in range(3):
        rates.take("lab", now=100)
    with pytest.raises(TooMany, match="too-many-requests") as refused:
        rates.take("lab", now=100)
    assert refused.value.retry_after_seconds == 20
    rates.take("other", now=100)
    rates.take("lab", now=100 + 20)
    with pytest.raises(TooMany):
        rates.take("lab", now=100 + 20)
    for _ in range(3):
        rates.take("lab", now=100 + 600)
    with pytest.raises(TooMany):
        rates.take("lab", now=100 + 600)


def test_limit_that_is_changed_counts_after_a_while() -> None:
    most = {"lab": 0}
    rates = RequestRates(most.__getitem__)
    with pytest.raises(TooMany) as refused:
        rates.take("lab", now=0)
    assert refused.value.retry_after_seconds == 60
    most["lab"] = 60
    with pytest.raises(TooMany):
        rates.take("lab", now=LIMIT_SECONDS - 1)
    rates.take("lab", now=2 * LIMIT_SECONDS)


def test_organisation_that_asks_too_often_waits_and_no_other(listed: PortalMarket) -> None:
    listed.platform.own_limits.put("north-lab", "requests_a_minute", 2)
    headers, asked = listed.token("bob", "client"), "/api/v1/datasets"
    browser = listed.browser()
    answers = [browser.send("GET", asked, headers=headers) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[-1].headers["retry-after"] == "30"
    assert answers[-1].json()["code"] == "too-many-requests"
    rivals = listed.token("eve", "client")
    assert browser.send("GET", asked, headers=rivals).status_code == 200


def test_submission_beyond_the_limit_is_told_with_the_time_to_wait(listed: PortalMarket) -> None:
    listed.platform.own_limits.put("north-lab", "jobs_under_way", 0)
    answer = listed.browser().send(
        "POST",
        "/api/v1/jobs",
        headers=listed.token("bob", "client"),
        json={
            "repository": "https://git.example.org/q.git",
            "commit": "ab" * 20,
            "dataset": listed.dataset,
            "epsilon": "0.5",
        },
    )
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")
    assert answer.json()["code"] == "too-many-jobs-under-way"


def test_operator_sets_limits_on_the_organisations_page(listed: PortalMarket) -> None:
    ada = listed.browser("ada")
    assert f"of {count(1_000)}" in ada.get(PAGE).text
    sent = ada.post(f"{PAGE}/limits", page=PAGE, jobs_under_way=count(1_234), jobs_a_day="")
    assert sent.headers["location"] == f"{PAGE}?done=limits-set"
    shown = ada.get(PAGE).text
    assert 'value="1234"' in shown
    assert f"of {count(1_234)}" in shown
    assert f"of {count(1_234)}" in listed.browser("bob").get("/account").text
    refused = ada.post(f"{PAGE}/limits", page=PAGE, jobs_a_day="many")
    assert refused.status_code == 422
    assert "is no whole number" in refused.text
    assert ada.get("/administration/organisations/nowhere").status_code == 404


def test_operator_sets_limits_by_the_api(listed: PortalMarket) -> None:
    path, headers = "/api/v1/organisations/north-lab/limits", listed.token("ada", "client")
    browser = listed.browser()
    sent = browser.send("PATCH", path, headers=headers, json={"jobs_a_day": 7})
    assert (sent.json()["most"]["jobs_a_day"], sent.json()["own"]) == (7, ["jobs_a_day"])
    sent = browser.send("PATCH", path, headers=headers, json={"jobs_a_day": None})
    assert sent.json()["own"] == []
    assert browser.send("GET", path, headers=headers).json() == sent.json()
