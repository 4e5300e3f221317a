"""A real Airflow with the portal's users: who gets in, and how far."""

from __future__ import annotations

import httpx
import pytest
from servers.airflow import PASSWORD, PATIENCE_SECONDS, RunningPlatform, eventually

from market.records.sign_on_code import PLATFORM_USER, issue_code

pytestmark = pytest.mark.timeout(900)

OWN, OTHER = "submit_north-lab", "submit_rival-lab"


def post(running: RunningPlatform, path: str, **request: object) -> httpx.Response:
    return httpx.post(f"{running.settings.airflow_url}{path}", timeout=PATIENCE_SECONDS, **request)  # type: ignore[arg-type]


def test_buyer_sees_and_triggers_his_organisations_dag_only(
    running_platform: RunningPlatform,
) -> None:
    with running_platform.airflow("eve") as eve:
        listed = eve.get("/api/v2/dags").json()["dags"]
        assert [dag["dag_id"] for dag in listed] == [OTHER]
        assert eve.get(f"/api/v2/dags/{OWN}").status_code == 403
        assert eve.get(f"/api/v2/dags/{OWN}/dagRuns").status_code == 403
        body = {"logical_date": None, "conf": running_platform.form()}
        assert eve.post(f"/api/v2/dags/{OWN}/dagRuns", json=body).status_code == 403


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/api/v2/variables", None),
        ("GET", "/api/v2/connections", None),
        ("GET", "/api/v2/pools", None),
        ("GET", "/api/v2/config", None),
        ("GET", "/api/v2/eventLogs", None),
        ("GET", f"/api/v2/dagSources/{OWN}", None),
        ("PATCH", f"/api/v2/dags/{OWN}", {"is_paused": True}),
        ("PATCH", "/api/v2/dags?dag_id_pattern=~", {"is_paused": True}),
        ("DELETE", f"/api/v2/dags/{OWN}", None),
    ],
)
def test_buyer_is_refused_everything_else(
    running_platform: RunningPlatform, method: str, path: str, body: dict[str, object] | None
) -> None:
    with running_platform.airflow("bob") as bob:
        answer = bob.request(method, path, json=body)
        assert answer.status_code == 403, answer.text
    with running_platform.airflow("ada") as ada:
        assert ada.get(f"/api/v2/dags/{OWN}").json()["is_paused"] is False


def test_form_of_the_airflow_page_checks_the_values(running_platform: RunningPlatform) -> None:
    with running_platform.airflow("bob") as bob:
        body = {"logical_date": None, "conf": running_platform.form(commit="main")}
        answer = bob.post(f"/api/v2/dags/{OWN}/dagRuns", json=body)
    assert answer.status_code == 400
    assert "commit" in answer.text


def test_name_and_password_of_the_portal_sign_on(running_platform: RunningPlatform) -> None:
    right = {"username": "bob", "password": PASSWORD}
    answer = post(running_platform, "/auth/token", json=right)
    assert answer.status_code == 201
    assert answer.json()["access_token"]
    assert post(running_platform, "/auth/token", json=right | {"password": "x"}).status_code == 401


def test_code_is_good_once(running_platform: RunningPlatform) -> None:
    body = {"code": running_platform.code("bob")}
    assert post(running_platform, "/auth/code", json=body).status_code == 201
    assert post(running_platform, "/auth/code", json=body).status_code == 401


@pytest.mark.parametrize("user", ["nobody", "bob"])
def test_forged_code_is_refused(running_platform: RunningPlatform, user: str) -> None:
    code = issue_code(bytes(32), user, 1_800_000_000)
    assert post(running_platform, "/auth/code", json={"code": code}).status_code == 401
    assert post(running_platform, "/auth/sso", data={"code": code}).status_code == 401


def test_unknown_user_gets_no_token(running_platform: RunningPlatform) -> None:
    body = {"code": running_platform.code("nobody")}
    assert post(running_platform, "/auth/code", json=body).status_code == 401


@pytest.mark.parametrize("target", ["/dags", "https://elsewhere.example/dags", "//elsewhere"])
def test_hand_over_sets_a_cookie_and_stays_here(
    running_platform: RunningPlatform, target: str
) -> None:
    form = {"code": running_platform.code("bob"), "next": target}
    answer = post(running_platform, "/auth/sso", data=form)
    assert answer.status_code == 303
    assert answer.headers["location"] == (target if target == "/dags" else "/")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    url = f"{running_platform.settings.airflow_url}/api/v2/dags"
    listed = httpx.get(url, cookies=dict(answer.cookies), timeout=PATIENCE_SECONDS)
    assert [dag["dag_id"] for dag in listed.json()["dags"]] == [OWN]


def test_platforms_own_code_opens_no_page(running_platform: RunningPlatform) -> None:
    form = {"code": running_platform.code(PLATFORM_USER)}
    assert post(running_platform, "/auth/sso", data=form).status_code == 401


def test_login_page_leads_to_the_portal(running_platform: RunningPlatform) -> None:
    url = f"{running_platform.settings.airflow_url}/auth/login"
    answer = httpx.get(url, params={"next": "/dags"}, timeout=PATIENCE_SECONDS)
    assert answer.status_code == 303
    portal = running_platform.settings.portal_url
    assert answer.headers["location"] == f"{portal}/airflow?next=%2Fdags"


def test_account_switched_off_in_the_portal_is_off_here(running_platform: RunningPlatform) -> None:
    with running_platform.airflow("eve") as eve:
        assert eve.get(f"/api/v2/dags/{OTHER}").status_code == 200
        running_platform.platform.people.set_active("eve", False)
        try:
            off = "/api/v2/dags/" + OTHER
            eventually(lambda: eve.get(off).status_code in (401, 403))
        finally:
            running_platform.platform.people.set_active("eve", True)
