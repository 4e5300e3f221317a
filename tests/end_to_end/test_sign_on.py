"""A real Airflow with the portal's users: who gets in, and how far."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from servers.airflow import PASSWORD, RunningPlatform
from world.waiting import PATIENCE_SECONDS, eventually

from market.airflow.names import PLATFORM_USER
from market.airflow.sign_on_code import browser_mark, issue_code
from market.portal.access import csrf_token

pytestmark = pytest.mark.timeout(900)

OWN, OTHER = "submit_north-lab", "submit_rival-lab"
RUN = f"/api/v2/dags/{OWN}/dagRuns/any"
ANSWER = {"chosen_options": ["Go on"], "params_input": {}}


def post(running: RunningPlatform, path: str, **request: object) -> httpx.Response:
    return httpx.post(f"{running.settings.airflow_url}{path}", timeout=PATIENCE_SECONDS, **request)  # type: ignore[arg-type]


@contextmanager
def signed_in(running: RunningPlatform) -> Iterator[httpx.Client]:
    """A browser in which bob has signed in to the portal."""
    url = running.settings.portal_url
    headers = {"Origin": url}
    with httpx.Client(base_url=url, timeout=PATIENCE_SECONDS, headers=headers) as browser:
        browser.get("/sign-in")
        token = csrf_token(browser.cookies["market_visit"])
        form = {"csrf": token, "user": "bob", "password": PASSWORD}
        assert browser.post("/sign-in", data=form).status_code == 303
        yield browser


def hand_over(
    running: RunningPlatform,
    browser: httpx.Client,
    target: str,
    *,
    code: str = "",
    origin: str | None = None,
) -> httpx.Response:
    """From Airflow's login page through the portal's page to the form that it posts."""
    airflow = running.settings.airflow_url
    page = browser.get(f"{airflow}/auth/login", params={"next": target}, follow_redirects=True)
    form = dict(re.findall(r'<input type="hidden" name="(code|next)" value="([^"]*)"', page.text))
    return browser.post(
        f"{airflow}/auth/sso",
        data=form | ({"code": code} if code else {}),
        headers={} if origin is None else {"Origin": origin},
    )


def is_invalid(answer: httpx.Response) -> bool:
    """Whether Airflow says what makes its pages lead to the portal's sign-in."""
    return answer.status_code == 403 and answer.json()["detail"] == "Invalid JWT token"


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
        ("GET", "/api/v2/importErrors", None),
        ("GET", "/api/v2/jobs", None),
        ("GET", "/api/v2/assets", None),
        ("POST", "/api/v2/pools", {"name": "own", "slots": 1}),
        ("DELETE", RUN, None),
        ("PATCH", RUN, {"state": "failed"}),
        ("PATCH", RUN, {"note": "mine"}),
        ("POST", f"{RUN}/clear", {"dry_run": False}),
        ("POST", f"/api/v2/dags/{OWN}/clearTaskInstances", {"dry_run": False}),
        ("PATCH", f"{RUN}/taskInstances/plan", {"new_state": "success"}),
        ("PATCH", f"{RUN}/taskInstances/await_release/-1/hitlDetails", ANSWER),
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
    with signed_in(running_platform) as browser:
        answer = hand_over(running_platform, browser, "/dags", code=code)
    assert (answer.status_code, answer.json()["code"]) == (401, "sign-on-code")


def test_unknown_user_gets_no_token(running_platform: RunningPlatform) -> None:
    body = {"code": running_platform.code("nobody")}
    assert post(running_platform, "/auth/code", json=body).status_code == 401


@pytest.mark.parametrize("target", ["/dags", "https://elsewhere.example/dags", "//elsewhere"])
def test_hand_over_sets_a_cookie_and_stays_here(
    running_platform: RunningPlatform, target: str
) -> None:
    with signed_in(running_platform) as browser:
        answer = hand_over(running_platform, browser, target)
    assert answer.status_code == 303
    assert answer.headers["location"] == (target if target == "/dags" else "/")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    url = f"{running_platform.settings.airflow_url}/api/v2/dags"
    listed = httpx.get(url, cookies=dict(answer.cookies), timeout=PATIENCE_SECONDS)
    assert [dag["dag_id"] for dag in listed.json()["dags"]] == [OWN]


def test_signing_out_of_the_portal_ends_airflow(running_platform: RunningPlatform) -> None:
    with signed_in(running_platform) as browser:
        cookies = dict(hand_over(running_platform, browser, "/dags").cookies)
        url = f"{running_platform.settings.airflow_url}/api/v2/dags"
        assert httpx.get(url, cookies=cookies, timeout=PATIENCE_SECONDS).status_code == 200
        token = csrf_token(browser.cookies["market_session"])
        assert browser.post("/sign-out", data={"csrf": token}).status_code == 303
    assert is_invalid(httpx.get(url, cookies=cookies, timeout=PATIENCE_SECONDS))


def test_new_password_ends_the_token_of_the_old_one(running_platform: RunningPlatform) -> None:
    right = {"username": "eve", "password": PASSWORD}
    token = post(running_platform, "/auth/token", json=right).json()["access_token"]
    url = f"{running_platform.settings.airflow_url}/api/v2/dags"
    headers = {"Authorization": f"Bearer {token}"}
    assert httpx.get(url, headers=headers, timeout=PATIENCE_SECONDS).status_code == 200
    running_platform.platform.people.set_password("eve", PASSWORD)
    assert is_invalid(httpx.get(url, headers=headers, timeout=PATIENCE_SECONDS))


def test_another_sites_form_is_refused(running_platform: RunningPlatform) -> None:
    with signed_in(running_platform) as browser:
        for origin in ("https://evil.example", "null", ""):
            answer = hand_over(running_platform, browser, "/dags", origin=origin)
            assert (answer.status_code, answer.json()["code"]) == (401, "sign-on-cross-site")


@pytest.mark.parametrize("user", [PLATFORM_USER, "bob"])
def test_code_of_the_platform_opens_no_page(running_platform: RunningPlatform, user: str) -> None:
    with signed_in(running_platform) as browser:
        code = running_platform.code(user)
        answer = hand_over(running_platform, browser, "/dags", code=code)
    assert (answer.status_code, answer.json()["code"]) == (401, "sign-on-code")


def test_login_page_leads_to_the_portal(running_platform: RunningPlatform) -> None:
    url = f"{running_platform.settings.airflow_url}/auth/login"
    answer = httpx.get(url, params={"next": "/dags"}, timeout=PATIENCE_SECONDS)
    assert answer.status_code == 303
    portal = running_platform.settings.portal_url
    mark = browser_mark(answer.cookies["market_browser"])
    assert answer.headers["location"] == f"{portal}/airflow?next=%2Fdags&browser={mark}"


def test_account_switched_off_in_the_portal_is_off_here(running_platform: RunningPlatform) -> None:
    with running_platform.airflow("eve") as eve:
        assert eve.get(f"/api/v2/dags/{OTHER}").status_code == 200
        running_platform.platform.people.set_active("eve", False)
        try:
            off = "/api/v2/dags/" + OTHER
            eventually(lambda: eve.get(off).status_code in (401, 403))
        finally:
            running_platform.platform.people.set_active("eve", True)
