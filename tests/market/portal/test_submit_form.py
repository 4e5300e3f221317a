"""The portal's own form submits as the command line and Airflow do, and keeps what was typed."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from world.market import MEAN_AGE
from world.portal_market import PortalMarket

from market.policy.submission.bundle_address import bundle_address
from market.policy.submission.git_bundle import FIRST_LINE
from market.portal.bodies import STRANGER_BYTES

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


def key_of(page: str) -> str:
    return page.partition('name="key" value="')[2].partition('"')[0]


def test_the_same_form_again_is_the_same_job_and_a_new_one_another(market: PortalMarket) -> None:
    browser = market.browser("bob")
    form = FIELDS | {"key": key_of(browser.get("/jobs/new").text)}
    first = browser.post("/jobs/new", page="/jobs/new", **form)
    again = browser.post("/jobs/new", page="/jobs/new", **form)
    place = first.headers["location"].partition("?")[0]
    assert again.headers["location"] == f"{place}?done=sent-before"
    assert "There is no second one" in browser.get(again.headers["location"]).text
    another = FIELDS | {"key": key_of(browser.get("/jobs/new").text)}
    assert browser.post("/jobs/new", page="/jobs/new", **another).status_code == 303
    assert len(market.platform.jobs.of_buyer("bob", "submitted", limit=10)) == 2


def test_form_from_the_page_before_with_other_values_is_asked_about(market: PortalMarket) -> None:
    browser = market.browser("bob")
    form = FIELDS | {"key": key_of(browser.get("/jobs/new").text)}
    assert browser.post("/jobs/new", page="/jobs/new", **form).status_code == 303
    changed = browser.post("/jobs/new", page="/jobs/new", **form | {"epsilon": "0.7"})
    assert changed.status_code == 422
    assert "submit once more" in changed.text
    meant = form | {"epsilon": "0.7", "key": key_of(changed.text)}
    assert browser.post("/jobs/new", page="/jobs/new", **meant).status_code == 303
    jobs = market.platform.jobs.of_buyer("bob", "submitted", limit=10)
    assert sorted(job.epsilon for job in jobs) == ["0.5", "0.7"]


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


def bundle(*commits: str) -> bytes:
    names = "".join(f"{one} refs/heads/{number}\n" for number, one in enumerate(commits))
    return FIRST_LINE + f"{names}\n".encode() + b"PACK, opaque to all but git"


def send_file(market: PortalMarket, data: bytes, **fields: str) -> httpx.Response:
    browser = market.browser("bob")
    form = {**FIELDS, "repository": "", "commit": "", **fields, "csrf": browser.csrf("/jobs/new")}
    return browser.send("POST", "/jobs/new", data=form, files={"file": ("program.bundle", data)})


@pytest.mark.parametrize("typed", ["", "upper"])
def test_file_of_a_bundle_becomes_a_job_of_its_commit(market: PortalMarket, typed: str) -> None:
    commit = market.programs.commit(MEAN_AGE)
    data = bundle(commit)
    answer = send_file(market, data, commit=f" {commit.upper()} " if typed else "")
    assert answer.status_code == 303, answer.text
    (job,) = market.platform.jobs.of_buyer("bob", "submitted", limit=10)
    assert (job.repository, job.commit) == (bundle_address(data), commit)


def test_no_file_is_what_browsers_send_where_none_was_chosen(market: PortalMarket) -> None:
    browser = market.browser("bob")
    form = FIELDS | {"csrf": browser.csrf("/jobs/new")}
    answer = browser.send("POST", "/jobs/new", data=form, files={"file": ("", b"")})
    assert answer.status_code == 303, answer.text
    (job,) = market.platform.jobs.of_buyer("bob", "submitted", limit=10)
    assert job.repository == FIELDS["repository"].strip()


@pytest.mark.parametrize(
    ("data", "fields", "words"),
    [
        (b"", {}, "This is no git bundle"),
        (b"PK, a zip", {}, "This is no git bundle"),
        (bundle("-" + "a" * 40), {}, "builds on commits that are not in it"),
        (bundle("ab" * 20) + bytes(20_000_000), {}, "expected at most 20000000"),
        (bundle("ab" * 20), {"repository": "https://git.example.org/q.git"}, "and holds a bundle"),
        (bundle("ab" * 20), {"commit": "cd" * 20}, "expected the job&#39;s commit cdcd"),
        (bundle("ab" * 20, "cd" * 20), {}, "The commit is"),
    ],
)
def test_file_that_is_refused_is_said_in_the_form(
    market: PortalMarket, data: bytes, fields: dict[str, str], words: str
) -> None:
    answer = send_file(market, data, **fields)
    assert answer.status_code == 422, answer.text
    assert words in answer.text
    assert market.platform.jobs.of_buyer("bob", "submitted", limit=10) == []


def test_bundle_that_was_taken_need_not_be_chosen_again(market: PortalMarket) -> None:
    data = bundle("ab" * 20)
    answer = send_file(market, data, epsilon="much")
    assert answer.status_code == 422
    assert f'value="{bundle_address(data)}"' in answer.text
    again = FIELDS | {"repository": bundle_address(data)}
    assert market.browser("bob").post("/jobs/new", page="/jobs/new", **again).status_code == 303
    (job,) = market.platform.jobs.of_buyer("bob", "submitted", limit=10)
    assert job.commit == "ab" * 20


def test_long_file_of_a_stranger_or_without_the_forms_token_is_not_kept(
    market: PortalMarket,
) -> None:
    data = bundle("ab" * 20) + bytes(STRANGER_BYTES)
    for name, status in (("", 401), ("bob", 403)):
        answer = market.browser(name).send(
            "POST", "/jobs/new", data=FIELDS, files={"file": ("program.bundle", data)}
        )
        assert answer.status_code == status, answer.text
    assert market.platform.sent_programs.of_organisation("north-lab") == []
