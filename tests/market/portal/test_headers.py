from __future__ import annotations

import io
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from starlette.routing import Mount
from world.portal_market import PortalMarket

from market.log import logging_to

PAGES = (
    "/sign-in",
    "/",
    "/jobs",
    "/account",
    "/nothing",
    "/healthz",
    "/static/market.css",
    "/static/market.js",
    "/static/mark.svg",
    "/api/v1/openapi.json",
    "/api/v1/jobs",
    "/objects/datasets/x/1/y",
)


@pytest.mark.parametrize("name", ["", "bob"])
@pytest.mark.parametrize("path", PAGES)
def test_every_answer_carries_the_security_headers(
    market: PortalMarket, path: str, name: str
) -> None:
    headers = market.browser(name).get(path).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "form-action 'self' http://127.0.0.1:8421;" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "strict-origin"
    assert len(headers["x-request-id"]) == 16
    assert "strict-transport-security" not in headers
    kept = "public, max-age=86400" if path.startswith("/static/") else "no-store"
    assert headers["cache-control"] == kept


def test_https_is_asked_for_where_the_portal_has_it(tmp_path: Path) -> None:
    market = PortalMarket(tmp_path, public_url="https://market.example")
    assert "strict-transport-security" in market.browser().get("/sign-in").headers


def test_request_ids_differ_and_are_not_the_callers(market: PortalMarket) -> None:
    headers = {"X-Request-Id": "mine"}
    ids = {market.browser().get("/sign-in", headers=headers).headers["x-request-id"] for _ in "ab"}
    assert len(ids) == 2
    assert "mine" not in ids


def test_no_page_holds_inline_script_or_style(listed: PortalMarket) -> None:
    job = listed.released()
    browser = listed.browser("olga")
    for path in ("/", "/datasets/household-visits", f"/jobs/{job.job}", "/account", "/promise"):
        text = browser.get(path).text
        assert " style=" not in text
        assert "<style" not in text
        assert " onclick=" not in text
        assert text.count("<script") == text.count('<script src="/static/') == 1


def test_openapi_lists_every_route_of_the_api(market: PortalMarket) -> None:
    document = market.browser().get("/api/v1/openapi.json").json()
    listed = {
        (method.upper(), path) for path, methods in document["paths"].items() for method in methods
    }
    served = {
        (method, route.path.replace("{key:path}", "{key}"))
        for route in market.app.routes
        if isinstance(route, APIRoute) and route.path.startswith(("/api/", "/objects/"))
        for method in route.methods
    }
    assert listed == served
    assert len(served) > 30


def test_no_address_serves_documentation_from_elsewhere(market: PortalMarket) -> None:
    for path in ("/docs", "/redoc"):
        assert market.browser().get(path).status_code == 404
    mounted = [route.path for route in market.app.routes if isinstance(route, Mount)]
    assert mounted == ["/static"]


def test_the_log_holds_no_address(market: PortalMarket) -> None:
    stream = io.StringIO()
    with logging_to(stream):
        market.browser().get("/setup/a-secret-of-one-use?signature=a-signature")
    logged = stream.getvalue()
    assert "/setup/{secret}" in logged
    assert "a-secret-of-one-use" not in logged
    assert "a-signature" not in logged


def test_file_that_is_not_there_is_asked_for_again(market: PortalMarket) -> None:
    answer = market.browser().get("/static/of-the-next-release.css")
    assert (answer.status_code, answer.headers["cache-control"]) == (404, "no-store")
