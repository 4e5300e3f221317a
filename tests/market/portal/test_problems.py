from __future__ import annotations

import pytest
from structlog.testing import capture_logs
from world.portal_market import PortalMarket

from crypto import errors as crypto_errors
from market import errors
from market.errors import MarketError
from market.portal import problems

BODY_BYTES = 3 * 1024 * 1024


def kinds(root: type[Exception]) -> list[type[Exception]]:
    return [root, *(below for kind in root.__subclasses__() for below in kinds(kind))]


def test_every_kind_of_market_error_has_a_status() -> None:
    named = {
        value
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, MarketError) and value is not MarketError
    }
    assert named <= set(problems.STATUS)
    for kind in kinds(MarketError)[1:]:
        assert set(kind.__mro__) & set(problems.STATUS), kind


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (errors.Refused, 422),
        (errors.NotFound, 404),
        (errors.NotPermitted, 403),
        (errors.Conflict, 409),
        (errors.Unavailable, 503),
    ],
)
def test_an_error_becomes_a_problem_and_a_page(
    market: PortalMarket, kind: type[MarketError], status: int
) -> None:
    def fail() -> None:
        raise kind("some-code", "What <happened>.", "Do this.")

    market.app.add_api_route("/api/v1/failing", fail)
    market.app.add_api_route("/failing", fail)
    answer = market.browser().get("/api/v1/failing")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "urn:market:problem:some-code",
        "title": "Some code",
        "status": status,
        "detail": "What <happened>.",
        "code": "some-code",
        "next_action": "Do this.",
    }
    page = market.browser().get("/failing")
    assert page.status_code == status
    assert "What &lt;happened&gt;." in page.text


@pytest.mark.parametrize(
    "kind",
    # A session's end is no document's failure, and nothing of the portal can reach crypto.mpc.
    [k for k in kinds(crypto_errors.CryptoError) if not k.__module__.startswith("crypto.mpc")],
)
def test_an_engines_error_is_a_malformed_document(
    market: PortalMarket, kind: type[Exception]
) -> None:
    def fail() -> None:
        raise kind("expected this, saw that")

    market.app.add_api_route("/api/v1/failing", fail)
    answer = market.browser().get("/api/v1/failing")
    assert (answer.status_code, answer.json()["code"]) == (422, "document-malformed")


def test_a_defect_says_its_request_id_and_nothing_more(market: PortalMarket) -> None:
    def fail() -> None:
        raise RuntimeError("the secret word is swordfish")

    for path in ("/api/v1/failing", "/failing"):
        market.app.add_api_route(path, fail)
        with capture_logs() as lines:
            answer = market.browser().get(path)
        (failed,) = (line for line in lines if line["event"] == "request.failed")
        assert failed["request_id"] in answer.text
        assert answer.status_code == 500
        assert "swordfish" not in answer.text
        assert "internal-error" in answer.text
        assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_no_token_is_401(market: PortalMarket) -> None:
    answer = market.browser().get("/api/v1/jobs")
    assert (answer.status_code, answer.json()["code"]) == (401, "not-signed-in")
    assert answer.headers["www-authenticate"] == "Bearer"
    wrong = {"Authorization": "Bearer market_invented"}
    assert market.browser().get("/api/v1/jobs", headers=wrong).status_code == 401


def test_a_malformed_body_is_named_and_not_repeated(market: PortalMarket) -> None:
    body = {"user": "bob", "password": ["hunter2-hunter2"], "label": "x"}
    answer = market.browser().send("POST", "/api/v1/tokens", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "request-malformed")
    assert "password" in answer.json()["detail"]
    assert "hunter2" not in answer.text


@pytest.mark.parametrize("declared", [True, False])
def test_a_body_over_the_limit_is_refused(market: PortalMarket, declared: bool) -> None:
    async def pieces() -> object:
        for _ in range(3):
            yield b" " * (BODY_BYTES // 3)

    content = b" " * BODY_BYTES if declared else pieces()
    answer = market.browser().send("POST", "/api/v1/jobs", content=content)
    assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")


def test_a_form_over_the_limit_is_refused(market: PortalMarket) -> None:
    browser = market.browser("bob")
    data = {"csrf": browser.csrf("/account"), "old": "x" * 100_000}
    assert browser.send("POST", "/account/password", data=data).status_code == 413


def test_documents_have_larger_limits_than_other_bodies(listed: PortalMarket) -> None:
    job = listed.evaluated()
    body = {"envelope": "x" * BODY_BYTES, "receipt": "x"}
    answer = listed.browser().send(
        "POST", f"/api/v1/jobs/{job.job}/release", json=body, headers=listed.token("olga", "agent")
    )
    assert answer.json()["code"] == "release-invalid"


def test_unknown_addresses_and_methods_are_problems(market: PortalMarket) -> None:
    answer = market.browser().get("/api/v1/nothing")
    assert (answer.status_code, answer.json()["code"]) == (404, "no-page")
    assert "There is nothing at this address." in market.browser().get("/nothing").text
    answer = market.browser().send("DELETE", "/api/v1/jobs")
    assert answer.status_code == 405
    assert answer.headers["allow"]
    assert answer.json()["status"] == 405
