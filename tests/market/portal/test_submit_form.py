"""The portal's own form submits as the command line and Airflow do, and keeps what was typed."""

from __future__ import annotations

from pathlib import Path

import pytest
from world.portal_market import PortalMarket

FIELDS = {
    "repository": " https://git.example.org/questions.git ",
    "commit": "AB" * 20,
    "dataset": PortalMarket.dataset,
    "epsilon": "0.50",
}


@pytest.fixture
def market(tmp_path: Path) -> PortalMarket:
    market = PortalMarket(tmp_path)
    market.publish()
    return market


def test_what_is_typed_becomes_a_job_in_normal_form(market: PortalMarket) -> None:
    browser = market.browser("bob")
    answer = browser.post("/jobs/new", page="/jobs/new", **FIELDS)
    assert answer.status_code == 303, answer.text
    (job,) = market.platform.jobs.of_buyer("bob", "submitted", limit=10)
    assert answer.headers["location"] == f"/jobs/{job.job}?done=sent-off"
    assert job.repository == "https://git.example.org/questions.git"
    assert (job.commit, job.epsilon) == ("ab" * 20, "0.5")
    assert "The job was submitted" in browser.get(answer.headers["location"]).text


def test_a_dataset_of_the_address_is_chosen(market: PortalMarket) -> None:
    page = market.browser("bob").get(f"/jobs/new?dataset={market.dataset}").text
    assert f'value="{market.dataset}" selected' in page


@pytest.mark.parametrize(
    ("field", "value", "code_words"),
    [
        ("commit", "main", "The commit is"),
        ("epsilon", "much", "psilon"),
        ("repository", "git@example.org:a/b.git", "epository"),
        ("dataset", "no-such-data", "no-such-data"),
    ],
)
def test_what_is_refused_stays_in_the_form(
    market: PortalMarket, field: str, value: str, code_words: str
) -> None:
    answer = market.browser("bob").post("/jobs/new", page="/jobs/new", **FIELDS | {field: value})
    assert answer.status_code in (404, 422), answer.text
    assert code_words in answer.text
    for name, typed in (FIELDS | {field: value}).items():
        if name != "dataset":
            assert typed in answer.text
    assert market.platform.jobs.of_buyer("bob", "submitted", limit=10) == []


def test_a_token_is_never_shown_again(market: PortalMarket) -> None:
    secret = "glpat-only-for-this-commit"
    refused = FIELDS | {"commit": "main", "token": secret}
    assert secret not in market.browser("bob").post("/jobs/new", page="/jobs/new", **refused).text


def test_whoever_may_ask_nothing_is_told_what_to_do(tmp_path: Path) -> None:
    page = PortalMarket(tmp_path).browser("bob").get("/jobs/new").text
    assert "nothing that your organisation may ask" in page
