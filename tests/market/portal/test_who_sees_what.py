from __future__ import annotations

import pytest
from world.portal_market import PortalMarket

from market.records.signed import open_signed, sign_record
from market.records.standing import Standing


def test_another_organisations_job_is_not_there(listed: PortalMarket) -> None:
    job = listed.released()
    for path in (f"/jobs/{job.job}", f"/jobs/{job.job}/cancel"):
        assert listed.browser("eve").get(path).status_code == 404
    for path in ("", "/timeline", "/bundle", f"/receipts/{listed.agent.public.hex}"):
        answer = listed.browser().get(
            f"/api/v1/jobs/{job.job}{path}", headers=listed.token("eve", "client")
        )
        assert (answer.status_code, answer.json()["code"]) == (404, "no-job")


@pytest.mark.parametrize("name", ["eve", "olga"])
@pytest.mark.parametrize("step", ["cancel", "request"])
def test_a_job_of_another_and_no_job_look_alike_to_who_would_act(
    listed: PortalMarket, name: str, step: str
) -> None:
    job, headers = listed.planned().job, listed.token(name, "client")
    answers = [
        listed.browser().send(
            "POST", f"/api/v1/jobs/{one}/{step}", json={"request": "x"}, headers=headers
        )
        for one in (job, "job-000000000000")
    ]
    foreign, missing = (answer.text for answer in answers)
    assert answers[0].status_code == 404
    assert foreign == missing.replace("job-000000000000", job)


@pytest.mark.parametrize("path", ["", "/timeline", "/bundle", f"/receipts/{'ab' * 32}"])
def test_a_job_of_another_and_no_job_look_alike(listed: PortalMarket, path: str) -> None:
    job, headers = listed.planned().job, listed.token("eve", "client")
    foreign = listed.browser().get(f"/api/v1/jobs/{job}{path}", headers=headers).text
    missing = listed.browser().get(f"/api/v1/jobs/job-000000000000{path}", headers=headers).text
    assert foreign == missing.replace("job-000000000000", job)


def test_another_buyer_cannot_cancel(listed: PortalMarket) -> None:
    job = listed.planned()
    assert listed.browser("eve").post(f"/jobs/{job.job}/cancel").status_code == 404
    assert listed.platform.jobs.get(job.job).state == "planned"


def test_a_buyer_cancels_his_job_until_it_is_approved(listed: PortalMarket) -> None:
    browser = listed.browser("bob")
    job = listed.requested()
    assert "Cancel the job" in browser.get(f"/jobs/{job.job}").text
    answer = browser.post(f"/jobs/{job.job}/cancel", page=f"/jobs/{job.job}/cancel")
    assert answer.headers["location"] == f"/jobs/{job.job}?done=cancelled"
    later = listed.approved()
    assert "Cancel the job" not in browser.get(f"/jobs/{later.job}").text
    assert browser.post(f"/jobs/{later.job}/cancel").status_code == 403


def test_only_the_owners_signature_changes_a_datasets_standing(listed: PortalMarket) -> None:
    said = Standing("household-visits", 1, "paused", (), listed.now)
    path = "/api/v1/datasets/household-visits/standing"
    for name, scope, status in (("bob", "client", 403), ("olga", "client", 403)):
        answer = listed.browser().send(
            "POST",
            path,
            json={"standing": sign_record(listed.keys["olga"], said).encode().decode()},
            headers=listed.token(name, scope),
        )
        assert answer.status_code == status
    forged = sign_record(listed.keys["bob"], said).encode().decode()
    answer = listed.browser().send(
        "POST", path, json={"standing": forged}, headers=listed.token("olga", "owner")
    )
    assert answer.json()["code"] == "standing-invalid"
    assert listed.platform.catalogue.dataset("household-visits").standing == "listed"


def test_the_owner_pauses_and_waiting_jobs_end(listed: PortalMarket) -> None:
    job = listed.planned()
    page = "/datasets/household-visits"
    assert "market dataset pause household-visits" in listed.browser("olga").get(page).text
    assert "market dataset pause" not in listed.browser("bob").get(page).text
    assert listed.send_standing("paused").json() == {"standing": "paused", "number": 1}
    assert listed.platform.jobs.get(job.job).end.code == "dataset-paused"
    shown = listed.browser("olga").get(page).text
    assert "market dataset resume household-visits" in shown


def test_a_withdrawn_dataset_does_not_come_back(listed: PortalMarket) -> None:
    assert listed.send_standing("withdrawn").status_code == 200
    assert listed.send_standing("listed").status_code == 409
    assert "withdrawn for good" in listed.browser("olga").get("/datasets/household-visits").text


def test_the_signed_standing_is_shown_to_whoever_asks(listed: PortalMarket) -> None:
    path, headers = "/api/v1/datasets/household-visits", listed.token("bob", "client")
    assert listed.browser().get(path, headers=headers).json()["signed_standing"] == ""
    listed.stand("paused")
    shown = listed.browser().get(path, headers=headers).json()["signed_standing"]
    owner = listed.keys["olga"].public.hex
    assert open_signed(Standing, shown.encode(), signer=owner).record.state == "paused"


def test_access_is_asked_for_and_declined_by_the_owner_only(market: PortalMarket) -> None:
    market.publish(access="request")
    page = "/datasets/household-visits"
    asked = market.browser("bob").post(
        f"{page}/access-requests", page=page, purpose="To compare regions."
    )
    assert asked.headers["location"] == f"{page}?done=access-asked"
    [request] = market.platform.catalogue.access_requests("household-visits")
    decline = f"{page}/access-requests/{request.request}/decline"
    assert "To compare regions." not in market.browser("eve").get(page).text
    assert market.browser("eve").post(decline).status_code == 403
    assert "To compare regions." in market.browser("olga").get(page).text
    assert market.browser("olga").post(decline, page=page).status_code == 303
    [request] = market.platform.catalogue.access_requests("household-visits")
    assert request.state == "declined"


def test_grants_are_shown_to_the_owner_only(market: PortalMarket) -> None:
    market.publish(access="request")
    market.grant("household-visits", "bob")
    page = "/datasets/household-visits"
    assert "Grants" in market.browser("olga").get(page).text
    assert "Grants" not in market.browser("eve").get(page).text
    assert "Your allocation" in market.browser("bob").get(page).text


@pytest.mark.parametrize(
    "path", ["", "/organisations", "/users", "/users/bob/roles", "/users/bob/link"]
)
@pytest.mark.parametrize("name", ["bob", "olga"])
def test_administration_is_the_administrators(market: PortalMarket, name: str, path: str) -> None:
    browser = market.browser(name)
    method = "POST" if path else "GET"
    data = {"csrf": browser.csrf("/account")}
    answer = browser.send(method, f"/administration{path}", data=data)
    assert answer.status_code == 403
    assert "role" in answer.text


def test_an_agents_token_administers_nothing(market: PortalMarket) -> None:
    answer = market.browser().get("/api/v1/users", headers=market.token("ada", "agent"))
    assert (answer.status_code, answer.json()["code"]) == (403, "token-scope")
    answer = market.browser().get("/api/v1/users", headers=market.token("ada", "client"))
    assert [user["user"] for user in answer.json()] == ["ada", "bob", "eve", "olga"]


def test_hint_for_a_missing_scope_keeps_those_the_token_has(market: PortalMarket) -> None:
    answer = market.browser().send(
        "POST", "/api/v1/grants", json={"grant": "x"}, headers=market.token("olga", "client")
    )
    assert (
        answer.json()["next_action"] == "Make another: market login --scope client --scope owner."
    )


def test_approval_and_release_need_their_scope(listed: PortalMarket) -> None:
    job = listed.requested()
    headers = listed.token("olga", "client")
    for step, body in (
        ("approval", {"approval": "x"}),
        ("refusal", {"refusal": "x"}),
        ("release", {"envelope": "x", "receipt": "x"}),
    ):
        answer = listed.browser().send(
            "POST", f"/api/v1/jobs/{job.job}/{step}", json=body, headers=headers
        )
        assert answer.json()["code"] == "token-scope"


def test_an_agents_token_does_nothing_in_its_owners_name(market: PortalMarket) -> None:
    market.publish(access="request")
    agents, browser = market.token("bob", "agent"), market.browser()
    (kept,) = market.platform.people.tokens("bob")
    for method, path, body in (
        ("POST", "/api/v1/datasets/household-visits/access-requests", {"purpose": "Research."}),
        ("PUT", "/api/v1/identity", {"public_key": "aa" * 32, "proof": "bb" * 64}),
        ("DELETE", f"/api/v1/tokens/{kept.token_id}", None),
    ):
        answer = browser.send(method, path, json=body, headers=agents)
        assert (answer.status_code, answer.json()["code"]) == (403, "token-scope"), path
    (still,) = market.platform.people.tokens("bob")
    assert still.token_id == kept.token_id
    # Its own end is its own to say.
    assert browser.send("DELETE", "/api/v1/tokens/current", headers=agents).status_code == 204


def test_who_has_no_access_is_shown_no_allocation(market: PortalMarket) -> None:
    market.publish(access="request")
    market.grant("household-visits", "bob")
    page, path = "/datasets/household-visits", "/api/v1/datasets/household-visits"
    for name, whose, units in (("bob", "own", 5 * 10**10), ("eve", "nobody", 0)):
        browser = market.browser(name)
        shown = browser.get(path, headers=market.token(name, "client")).json()["balance"]
        assert (shown["whose"], shown["cap_units"]) == (whose, units)
        assert ("Access on request" in browser.get(page).text) is (units == 0)
        assert ("You have no access yet." in browser.get("/").text) is (units == 0)
    market.now += 31 * 86_400
    ended = market.browser("bob").get(path, headers=market.token("bob", "client")).json()
    assert ended["balance"]["whose"] == "nobody"
