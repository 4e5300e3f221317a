"""What holds of every route there is, asked by nobody, by a stranger and by those it is for."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from fastapi.routing import APIRoute
from world.place import Place, make_place

pytestmark = pytest.mark.stories

ELSEWHERE = "elsewhere.example"
SAFE = {"GET", "HEAD", "OPTIONS"}
WITHOUT_SESSION = {
    ("POST", "/api/v1/tokens"),
    ("PUT", "/objects/{key:path}"),
}
"""Unsafe, and done for whoever brings a password, or a signed address: no cookie counts there."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    made = make_place(tmp_path_factory.mktemp("place"))
    yield made
    made.market.app.state.quotes.close()


def routes(place: Place) -> Iterator[tuple[str, str]]:
    """Method and path of every route but those of files."""
    for route in place.market.app.routes:
        if isinstance(route, APIRoute):
            yield from ((method, route.path) for method in route.methods)


def everybodys(place: Place, **request: object) -> Iterator[tuple[str, httpx.Response]]:
    """What every route tells nobody, a buyer, an owner, a member and the administrator."""
    for method, path in routes(place):
        for name in ("", "bob", "olga", "carol", "ada"):
            browser = place.browser(name)
            if method not in SAFE and name:
                # What is done would be done once; without its token nothing is.
                continue
            yield f"{method} {path} {name}", browser.send(method, place.fill(path), **request)


def test_no_answer_is_framed_sniffed_or_kept_by_others(place: Place) -> None:
    asked = 0
    for where, answer in everybodys(place):
        headers = answer.headers
        assert headers["x-content-type-options"] == "nosniff", where
        assert "frame-ancestors 'none'" in headers["content-security-policy"], where
        assert "script-src 'self';" in headers["content-security-policy"], where
        assert headers["cache-control"] == "no-store", where
        assert headers["referrer-policy"] == "strict-origin", where
        assert headers["cross-origin-resource-policy"] == "same-origin", where
        asked += 1
    assert asked > 200


def test_downloads_are_no_pages(place: Place) -> None:
    for where, answer in everybodys(place):
        kind = answer.headers.get("content-type", "")
        is_page = not where.split()[1].startswith(("/api/", "/objects/", "/healthz"))
        assert is_page or not kind.startswith("text/"), (where, kind)


def test_no_answer_repeats_the_host_it_was_asked_as(place: Place) -> None:
    claimed = {
        "Host": ELSEWHERE,
        "X-Forwarded-Host": ELSEWHERE,
        "Forwarded": f"host={ELSEWHERE}",
        "X-Original-URL": f"https://{ELSEWHERE}/",
    }
    for where, answer in everybodys(place, headers=claimed):
        assert ELSEWHERE not in answer.text, where
        assert ELSEWHERE not in str(answer.headers), where


def test_nothing_unsafe_is_done_for_a_cookie_alone(place: Place) -> None:
    """As another site's page would have a browser send it."""
    unsafe = [(method, path) for method, path in routes(place) if method not in SAFE]
    for method, path in unsafe:
        if (method, path) in WITHOUT_SESSION:
            continue
        for name in ("bob", "olga", "ada"):
            answer = place.browser(name).send(method, place.fill(path), json={})
            assert answer.status_code == 403, (method, path, name)
    assert len(unsafe) > 35
