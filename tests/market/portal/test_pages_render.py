from __future__ import annotations

import pytest
from markupsafe import escape
from world.lowerings import counted_lowerings
from world.portal_market import PortalMarket

from crypto.parameters import PRODUCTS, SUMS, Parameters
from market import wire
from market.entities.job import Job, State
from market.entities.job_states import FACTS, STATES
from market.errors import Refused, Unavailable
from market.plan.human import describe
from market.plan.lowered import lower
from market.plan.plan import Plan
from market.policy.submission.submission import Submission
from market.portal.pages.page import DONE
from market.pricing.loss import rho_text
from market.services.catalogue.search_catalogue import PAGE_DATASETS
from market.services.submit.take_in_run import take_in_run


def in_every_state(market: PortalMarket) -> dict[str, Job]:
    """One job in every state, and one for every way to end."""
    jobs = {
        "expired at planned": market.expired(market.planned()),
        "expired at submitted": market.expired(market.submit()),
        "expired at requested": market.expired(market.requested()),
        "expired at evaluated": market.expired(market.evaluated()),
        "submitted": market.submit(),
        "planned": market.planned(),
        "requested": market.requested(),
        "approved": market.approved(),
        "evaluated": market.evaluated(),
        "released": market.released(),
        "cancelled": market.cancelled(),
        "refused by owner": market.refused_by_owner(),
        "refused by a rule": market.stopped_by(
            Refused("plan-column-unknown", "study.py, line 14: no column income.", "Take another.")
        ),
        "failed": market.stopped_by(Unavailable("fetch-failed", "No answer.", "Submit again.")),
    }
    assert {job.state for job in jobs.values()} == set(STATES)
    return jobs


@pytest.mark.parametrize("approval", ["automatic", "manual"])
def test_a_job_renders_in_every_state_for_everybody(market: PortalMarket, approval: str) -> None:
    market.publish(approval=approval)
    browsers = [market.browser(name) for name in ("bob", "olga", "ada")]
    for name, job in in_every_state(market).items():
        for browser in browsers:
            answer = browser.get(f"/jobs/{job.job}")
            assert answer.status_code == 200, name
            assert FACTS[job.state].label in answer.text
            if job.end:
                for words in (job.end.code, job.end.next_action):
                    assert words.replace("'", "&#39;") in answer.text, name


def test_a_job_shows_its_plan_without_lowering_it(
    listed: PortalMarket, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, browser = listed.planned(), listed.browser("bob")
    plan = wire.decode(Plan, listed.document(job, "plan").encode())
    shown: list[str] = []
    counts = counted_lowerings(
        monkeypatch, plan, lambda: shown.append(browser.get(f"/jobs/{job.job}").text)
    )
    assert counts == [0] * len(plan.statistics)
    for line in describe(lower(plan, listed.schema)).splitlines():
        assert str(escape(line)) in shown[0]


def test_words_of_a_program_stand_apart_as_its_own(listed: PortalMarket) -> None:
    job = listed.stopped_by(
        Refused(
            "program-refused",
            "The program gave no plan; its run says why.",
            "Correct the program.",
            program_says="plan-rows: <b>Pay</b>» Next: write to evil.example.",
        )
    )
    browser = listed.browser("bob")
    text = browser.get(f"/jobs/{job.job}").text
    quoted = text.split("<blockquote>")[1].split("</blockquote>")[0]
    assert "in its own words" in text.split("<blockquote>")[0].rsplit("<figcaption>")[1]
    assert "&lt;b&gt;Pay&lt;/b&gt;\\xbb Next: write to evil.example." in quoted
    assert text.count("evil.example") == 1
    assert browser.get(f"/api/v1/jobs/{job.job}").json()["program_says"] == job.end.program_says


@pytest.mark.parametrize(
    ("dataset", "code"), [("household-visits", "epsilon-malformed"), ("no-such-data", "no-dataset")]
)
def test_a_run_that_was_refused_early_is_a_job_with_its_code(
    listed: PortalMarket, dataset: str, code: str
) -> None:
    epsilon = "much" if dataset == "household-visits" else "1"
    asked = Submission("https://example.org/questions.git", "ab" * 20, dataset, epsilon)
    run = "submit_insight-lab/manual__1"
    job = take_in_run(
        listed.platform, listed.user("bob"), run=run, submission=asked, now=listed.now
    )
    browser = listed.browser("bob")
    assert job.job in browser.get("/jobs").text
    text = browser.get(f"/jobs/{job.job}").text
    assert f"Why it ended: <code>{code}</code>" in text
    assert dataset in text
    assert browser.get(f"/api/v1/jobs/{job.job}").json()["code"] == code


def test_the_timeline_has_each_step_once_and_what_is_to_come(listed: PortalMarket) -> None:
    job = listed.planned()
    text = listed.browser("bob").get(f"/jobs/{job.job}").text
    assert text.count("Planned and priced") == 1
    assert 'aria-current="step"' in text
    assert text.count("to come") == 3
    assert f"market sign {job.job}" in text


@pytest.mark.parametrize(
    ("state", "name", "command"),
    [
        ("planned", "bob", "market sign {}"),
        ("released", "bob", "market result open {}"),
        ("requested", "olga", "market approve {}"),
    ],
)
def test_the_command_stands_with_the_one_who_runs_it(
    market: PortalMarket, state: State, name: str, command: str
) -> None:
    market.publish(approval="manual")
    job: Job = getattr(market, state)()
    command = command.format(job.job)
    for reader in ("bob", "olga", "ada"):
        assert (command in market.browser(reader).get(f"/jobs/{job.job}").text) == (reader == name)


def test_the_plan_is_told_in_the_owners_words(listed: PortalMarket) -> None:
    job = listed.planned()
    text = listed.browser("bob").get(f"/jobs/{job.job}").text
    assert "«average_visits»: mean of visits" in text
    assert "Doctor visits" in text


def test_no_page_says_rho_units(listed: PortalMarket) -> None:
    jobs = in_every_state(listed)
    browser = listed.browser("bob")
    for job in jobs.values():
        assert "rho units" not in browser.get(f"/jobs/{job.job}").text


def test_a_refusal_over_the_job_cap_reads_in_human_numbers(market: PortalMarket) -> None:
    market.publish(job_rho_units=1_000_000)
    job = market.planned()
    assert job.end.code == "over-job-cap"
    text = market.browser("bob").get(f"/jobs/{job.job}").text
    assert "one job may cost rho 0.0000010" in text


def test_sealed_result_and_receipt_download_with_the_session(listed: PortalMarket) -> None:
    job = listed.released()
    browser = listed.browser("bob")
    party = listed.agent.public.hex
    receipt = (f"receipts/{party}", f"{party[:16]}.receipt")
    for kind, name in (("bundle", "sealed"), receipt):
        path = f"/api/v1/jobs/{job.job}/{kind}"
        assert path in browser.get(f"/jobs/{job.job}").text
        answer = browser.get(path)
        assert answer.status_code == 200
        assert f"{job.job}.{name}.json" in answer.headers["content-disposition"]


@pytest.mark.parametrize("name", ["ada", "olga", "bob", "eve"])
def test_every_page_renders_for_everybody(market: PortalMarket, name: str) -> None:
    market.publish("household-visits", access="request", price_cents=0)
    market.publish("bridge-sensors", access="invitation")
    market.publish("open-counts", access="open", recomputation=False)
    market.grant("household-visits", "bob")
    browser = market.browser(name)
    for path in (
        "/",
        "/?words=doctor",
        "/?words=nothing-has-this",
        "/datasets/household-visits",
        "/datasets/bridge-sensors",
        "/datasets/open-counts",
        "/jobs",
        "/inbox",
        "/account",
        "/promise",
        f"/airflow?browser={'5e' * 32}&next=/dags/submit_north-lab",
    ):
        answer = browser.get(path)
        assert answer.status_code == 200, path
        assert answer.text.count("<h1") == 1, path


def test_an_empty_portal_renders(market: PortalMarket) -> None:
    for name in ("ada", "olga", "bob"):
        browser = market.browser(name)
        for path in ("/", "/jobs", "/inbox", "/account"):
            assert browser.get(path).status_code == 200


@pytest.mark.parametrize("word", sorted(DONE))
def test_a_redirects_word_becomes_a_sentence(market: PortalMarket, word: str) -> None:
    browser = market.browser("bob")
    assert 'role="status"' in browser.get(f"/account?done={word}").text
    assert 'role="status"' not in browser.get("/account?done=<b>anything</b>").text


def test_the_dataset_says_what_its_owner_declared(listed: PortalMarket) -> None:
    text = listed.browser("bob").get("/datasets/household-visits").text
    for words in (
        "0 to 77",
        "Missing values count as the middle of the bounds (visits)",
        "poor, good, excellent, OTHER",
        "It contributes at most 3 rows",
        "12.50 EUR",
        "age*visits",
        "for released statistics",
        "market submit . --dataset household-visits",
    ):
        assert words in text


@pytest.mark.parametrize(
    ("parameters", "word", "sentence"),
    [
        (PRODUCTS, "products", "encrypted for sums and products of columns."),
        (SUMS, "sums", "encrypted for sums alone; no product of columns but declared ones."),
    ],
)
def test_the_dataset_says_what_it_is_encrypted_for(
    market: PortalMarket, parameters: Parameters, word: str, sentence: str
) -> None:
    market.publish(parameters=parameters, recomputation=False)
    browser, headers = market.browser("bob"), market.token("bob", "client")
    assert f"The table is {sentence}" in browser.get(f"/datasets/{market.dataset}").text
    (found,) = browser.get("/api/v1/datasets", headers=headers).json()
    assert found["encrypted_for"] == word


def test_the_budget_moves_with_a_job(listed: PortalMarket) -> None:
    job = listed.planned()
    text = listed.browser("olga").get("/datasets/household-visits").text
    held, left = rho_text(job.rho_units), rho_text(10**12 - job.rho_units)
    assert f"rho 0.0000 spent and rho {held} reserved of rho 1.0000; rho {left} is left" in text


def test_a_buyer_sees_their_own_allocation_alone(listed: PortalMarket) -> None:
    job = listed.planned()
    held, left = rho_text(job.rho_units), rho_text(10**12 - job.rho_units)
    for place in ("/", "/datasets/household-visits"):
        text = listed.browser("bob").get(place).text
        assert f"Your allocation: rho 0.0000 spent and rho {held} reserved of rho 0.2000" in text
        assert left not in text


def test_the_inbox_counts_what_others_wait_for(listed: PortalMarket) -> None:
    listed.planned()
    listed.released()
    text = listed.browser("bob").get("/inbox").text
    assert text.count('class="inbox-row"') == 2
    assert '<span class="count">1<' in text


def test_airflow_gets_a_code_for_the_reader_in_a_form(market: PortalMarket) -> None:
    answer = market.browser("bob").get(f"/airflow?browser={'5e' * 32}&next=/dags/submit_north-lab")
    assert 'action="http://127.0.0.1:8421/auth/sso"' in answer.text
    assert 'name="next" value="/dags/submit_north-lab"' in answer.text
    assert int(answer.headers["refresh"]) < 30


def test_a_long_catalogue_comes_by_the_page(market: PortalMarket) -> None:
    names = [f"visits-{number:02}" for number in range(PAGE_DATASETS + 2)]
    for name in names:
        market.publish(name)
    browser = market.browser("bob")
    first = browser.get("/?words=visits").text
    assert [name for name in names if f'href="/datasets/{name}"' in first] == names[:PAGE_DATASETS]
    assert f"{PAGE_DATASETS} or more datasets" in first
    onward = f"/?words=visits&amp;after={names[PAGE_DATASETS - 1]}"
    assert onward in first
    second = browser.get(onward.replace("&amp;", "&")).text
    assert [name for name in names if f'href="/datasets/{name}"' in second] == names[PAGE_DATASETS:]
    assert "Further datasets" not in second


def test_what_was_mistyped_is_guessed(listed: PortalMarket) -> None:
    browser = listed.browser("bob")
    text = browser.get("/?words=houshold+doctor").text
    assert 'href="/?words=household%20doctor"' in text
    assert "Fewer words find more." in browser.get("/?words=xylophone").text
    answer = browser.get("/datasets/houshold-visits")
    assert answer.status_code == 404
    assert "Did you mean household-visits?" in answer.text
