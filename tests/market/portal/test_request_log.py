"""Whatever is logged while a request is served carries its id."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from typing import Any

import httpx
import structlog
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from world.portal_market import PortalMarket

from market.log import logging_to
from market.portal.access import CallerHere
from market.portal.edge import Edge


async def served(scope: Scope, receive: Receive, send: Send) -> None:
    structlog.get_logger().warning("ours")
    logging.getLogger("some.package").warning("theirs")
    await PlainTextResponse("done")(scope, receive, send)


def get(path: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(Edge(served, {}))
        async with httpx.AsyncClient(transport=transport, base_url="http://portal") as client:
            return await client.get(path)

    return asyncio.run(ask())


def test_every_line_of_a_request_carries_its_id_and_no_query() -> None:
    stream = io.StringIO()
    with logging_to(stream, level=logging.WARNING):
        first, second = (get("/objects/a?signature=0123") for _ in range(2))
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    ids = [answer.headers["X-Request-Id"] for answer in (first, second)]
    assert ids[0] != ids[1]
    assert [line["request_id"] for line in lines] == [ids[0]] * 2 + [ids[1]] * 2
    assert "0123" not in stream.getvalue()


def test_request_itself_is_one_line_without_its_address() -> None:
    stream = io.StringIO()
    with logging_to(stream):
        answer = get("/setup/secret-link")
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    (line,) = (line for line in lines if line["event"] == "request")
    assert line["request_id"] == answer.headers["X-Request-Id"]
    assert (line["method"], line["status"]) == ("GET", 200)
    assert "secret-link" not in json.dumps(line)


def logged(market: PortalMarket, path: str, **request: Any) -> list[dict[str, Any]]:
    """The lines of one request, of its route's own too."""
    stream = io.StringIO()
    with logging_to(stream):
        market.browser().get(path, **request)
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_line_names_the_organisation_that_asks_and_the_job(listed: PortalMarket) -> None:
    job = listed.planned().job
    for name, scope in (("bob", "client"), ("olga", "agent")):
        (line,) = logged(listed, f"/api/v1/jobs/{job}", headers=listed.token(name, scope))
        assert (line["status"], line["job"]) == (200, job)
        assert line["organisation"] == listed.user(name).organisation


def test_line_names_no_job_that_whoever_asks_may_not_know(listed: PortalMarket) -> None:
    job = listed.planned().job
    (line,) = logged(listed, f"/api/v1/jobs/{job}", headers=listed.token("eve", "client"))
    assert (line["status"], line["organisation"]) == (404, "rival-lab")
    assert "job" not in line
    (line,) = logged(listed, f"/api/v1/jobs/{job}")
    assert (line["status"], "organisation" in line, "job" in line) == (401, False, False)


def test_what_a_route_logs_itself_names_the_organisation(listed: PortalMarket) -> None:
    def told(caller: CallerHere) -> None:
        structlog.get_logger().warning("of the route")

    listed.app.add_api_route("/api/v1/telling", told)
    lines = logged(listed, "/api/v1/telling", headers=listed.token("bob", "client"))
    assert [line["event"] for line in lines] == ["of the route", "request"]
    assert {line["organisation"] for line in lines} == {"north-lab"}
    assert len({line["request_id"] for line in lines}) == 1
