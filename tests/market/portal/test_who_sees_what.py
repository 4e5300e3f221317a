from __future__ import annotations

import pytest
from portal_house import House


def test_another_organisations_job_is_not_there(listed: House) -> None:
    job = listed.released()
    for path in (f"/jobs/{job.job}", f"/jobs/{job.job}/cancel"):
        assert listed.browser("eve").get(path).status_code == 404
    for path in ("", "/timeline", "/bundle", "/receipt"):
        answer = listed.browser().get(
            f"/api/v1/jobs/{job.job}{path}", headers=listed.token("eve", "client")
        )
        assert (answer.status_code, answer.json()["code"]) == (404, "no-job")


def test_a_job_of_another_and_no_job_look_alike(listed: House) -> None:
    job = listed.planned()
    headers = listed.token("eve", "client")
    path = "/api/v1/jobs/"
    foreign = listed.browser().get(path + job.job, headers=headers).json()
    missing = listed.browser().get(path + "job-000000000000", headers=headers).json()
    assert foreign["code"] == missing["code"]


def test_another_buyer_cannot_cancel(listed: House) -> None:
    job = listed.planned()
    assert listed.browser("eve").post(f"/jobs/{job.job}/cancel").status_code == 404
    assert listed.platform.jobs.get(job.job).state == "planned"


def test_a_buyer_cancels_his_job_until_it_is_approved(listed: House) -> None:
    browser = listed.browser("bob")
    job = listed.requested()
    assert "Cancel the job" in browser.get(f"/jobs/{job.job}").text
    answer = browser.post(f"/jobs/{job.job}/cancel", page=f"/jobs/{job.job}/cancel")
    assert answer.headers["location"] == f"/jobs/{job.job}?done=cancelled"
    later = listed.approved()
    assert "Cancel the job" not in browser.get(f"/jobs/{later.job}").text
    assert browser.post(f"/jobs/{later.job}/cancel").status_code == 403


@pytest.mark.parametrize("standing", ["paused", "withdrawn", "listed"])
def test_only_the_owner_changes_a_datasets_standing(listed: House, standing: str) -> None:
    path = f"/datasets/household-visits/standing/{standing}"
    browser = listed.browser("bob")
    assert browser.get(path).status_code == 403
    assert browser.post(path).status_code == 403
    assert listed.platform.catalogue.dataset("household-visits").standing == "listed"


def test_the_owner_pauses_and_waiting_jobs_end(listed: House) -> None:
    job = listed.planned()
    browser = listed.browser("olga")
    path = "/datasets/household-visits/standing/paused"
    assert "1 job that waits ends" in browser.get(path).text
    answer = browser.post(path, page=path)
    assert answer.headers["location"] == "/datasets/household-visits?done=paused"
    assert listed.platform.jobs.get(job.job).code == "dataset-paused"


def test_a_withdrawn_dataset_does_not_come_back(listed: House) -> None:
    browser = listed.browser("olga")
    browser.post("/datasets/household-visits/standing/withdrawn")
    answer = browser.post("/datasets/household-visits/standing/listed")
    assert answer.status_code == 409


def test_access_is_asked_for_and_declined_by_the_owner_only(house: House) -> None:
    house.publish(access="request")
    page = "/datasets/household-visits"
    asked = house.browser("bob").post(
        f"{page}/access-requests", page=page, purpose="To compare regions."
    )
    assert asked.headers["location"] == f"{page}?done=access-asked"
    [request] = house.platform.catalogue.access_requests("household-visits")
    decline = f"{page}/access-requests/{request.request}/decline"
    assert "To compare regions." not in house.browser("eve").get(page).text
    assert house.browser("eve").post(decline).status_code == 403
    assert "To compare regions." in house.browser("olga").get(page).text
    assert house.browser("olga").post(decline, page=page).status_code == 303
    [request] = house.platform.catalogue.access_requests("household-visits")
    assert request.state == "declined"


def test_grants_are_shown_to_the_owner_only(house: House) -> None:
    house.publish(access="request")
    house.grant("household-visits", "bob")
    page = "/datasets/household-visits"
    assert "Grants" in house.browser("olga").get(page).text
    assert "Grants" not in house.browser("eve").get(page).text
    assert "Your key holds a live grant" in house.browser("bob").get(page).text


@pytest.mark.parametrize(
    "path", ["", "/organisations", "/users", "/users/bob/roles", "/users/bob/password"]
)
@pytest.mark.parametrize("name", ["bob", "olga"])
def test_administration_is_the_administrators(house: House, name: str, path: str) -> None:
    browser = house.browser(name)
    method = "POST" if path else "GET"
    data = {"csrf": browser.csrf("/account")}
    answer = browser.send(method, f"/administration{path}", data=data)
    assert answer.status_code == 403
    assert "role" in answer.text


def test_an_agents_token_administers_nothing(house: House) -> None:
    answer = house.browser().get("/api/v1/users", headers=house.token("ada", "agent"))
    assert (answer.status_code, answer.json()["code"]) == (403, "token-scope")
    answer = house.browser().get("/api/v1/users", headers=house.token("ada", "client"))
    assert [user["user"] for user in answer.json()] == ["ada", "bob", "eve", "olga"]


def test_approval_and_release_need_their_scope(listed: House) -> None:
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
