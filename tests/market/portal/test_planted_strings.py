"""A text planted in every field, header, cookie, query and address: none is found in logs or
metrics, and no secret anywhere, not even in the answer to whoever sent it.

What may be repeated: an answer may name what its own sender sent, but for secrets. What is kept of
an accepted text is shown to those it is for, and nowhere else.
"""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi.routing import APIRoute
from prometheus_client import generate_latest
from world.place import Place, make_place
from world.planted import Form, Planter, forms_of
from world.portal_market import PortalMarket

from market.log import logging_to

pytestmark = pytest.mark.stories

ROLES = {
    "bob": ("client",),
    "olga": ("client", "owner", "agent"),
    "ada": ("client",),
    "eve": ("client",),
}
"""Who asks, with the scopes of their token; eve last, once olga has declined eve's request."""
HEADERS = ("User-Agent", "Referer", "X-Request-Id", "X-Forwarded-For", "If-None-Match", "X-CSRF")
FORMS_OF_ANOTHER_STATE = {"/setup/{secret}", "/password/{secret}"}
"""Behind a link that is live; their one field of an address is planted all the same."""


def pages(place: Place) -> list[str]:
    """The paths of all pages that are read."""
    return sorted(
        route.path
        for route in place.market.app.routes
        if isinstance(route, APIRoute) and not route.include_in_schema and "GET" in route.methods
    )


def planted_headers(planter: Planter) -> dict[str, str]:
    return {name: planter.plant(f"header {name}") for name in HEADERS}


def ask_api(place: Place, planter: Planter) -> Iterator[httpx.Response]:
    """Every operation by everybody, and by somebody with an invented token."""
    document = place.market.app.openapi()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for name in ("", *ROLES):
                yield ask(place, planter, f"{method} {path}", operation, name)


def ask(
    place: Place, planter: Planter, route: str, operation: dict[str, object], name: str
) -> httpx.Response:
    document = place.market.app.openapi()
    method, path = route.split()
    token = {"Authorization": f"Bearer {planter.plant(f'{route} authorization')}"}
    headers = place.market.token(name, *ROLES[name]) if name else token
    where = re.sub(r"{(\w+)}", lambda found: planter.plant(f"{route} {found[1]}"), path)
    asked = {"query": planter.plant(f"{route} query")}
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "query":
            at = f"{route} {parameter['name']}"
            asked[parameter["name"]] = planter.value(parameter["schema"], document, at)
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    request = {"json": planter.value(body["schema"], document, route)} if body else {}
    browser = place.market.browser()
    browser.cookies.set("market_session", planter.plant(f"{route} cookie"))
    return browser.send(
        method.upper(), where, params=asked, headers=planted_headers(planter) | headers, **request
    )


def send_form(place: Place, planter: Planter, name: str, form: Form) -> httpx.Response:
    said = {
        given: value if given == "csrf" else planter.plant(f"{form.action} {given}")
        for given, value in form.fields.items()
    }
    return place.browser(name).send(
        "POST", form.action, data=said, headers=planted_headers(planter)
    )


def ends_session(form: Form) -> bool:
    return form.action.startswith("/account/sessions/") or form.action.endswith("/remove")


def send_forms(place: Place, planter: Planter) -> Iterator[tuple[str, httpx.Response]]:
    """Every form that anybody is shown, filled in. All are looked for before any is sent, and once
    more after that, since some make way for others."""
    for is_last in (False, True):
        place.browsers.clear()
        shown = [
            (name, form)
            for path in pages(place)
            for name in ("", *ROLES)
            for form in forms_of(place.browser(name).get(place.fill(path)).text)
        ]
        for name, form in sorted(shown, key=lambda found: ends_session(found[1])):
            # Nobody signs out, and what leads to Airflow is not the portal's.
            is_for_now = is_last or not form.action.endswith("/remove")
            if form.action.startswith("/") and form.action != "/sign-out" and is_for_now:
                yield form.action, send_form(place, planter, name, form)


def open_pages(place: Place, planter: Planter) -> Iterator[httpx.Response]:
    """Every page at an address that was made up."""
    for path in pages(place):
        where = re.sub(r"{(\w+)}", lambda found: planter.plant(f"page {found[1]}"), path)
        for name in ("", *ROLES):
            asked = {"next": planter.plant("page next"), "after": planter.plant("page after")}
            yield place.browser(name).get(where, params=asked)


def test_every_form_of_the_portal_is_filled_in(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    sent = {action for action, _ in send_forms(place, Planter())}
    expected = {
        re.sub(r"{\w+}", "[^/]+", route.path)
        for route in place.market.app.routes
        if isinstance(route, APIRoute)
        and not route.include_in_schema
        and "POST" in route.methods
        and route.path not in {"/sign-out", *FORMS_OF_ANOTHER_STATE}
    }
    missing = {form for form in expected if not any(re.fullmatch(form, at) for at in sent)}
    assert missing == set()


def test_no_planted_text_is_logged_or_measured_and_no_secret_answered(tmp_path: Path) -> None:
    planter, stream = Planter(), io.StringIO()
    place = make_place(tmp_path)
    with logging_to(stream, level=logging.DEBUG):
        answers = [*ask_api(place, planter), *open_pages(place, planter)]
        answers += [answer for _, answer in send_forms(place, planter)]
    assert len(planter.markers) > 1_500
    assert len(stream.getvalue().splitlines()) >= len(answers)
    assert planter.found_in(stream.getvalue()) == {}
    measured = generate_latest(place.market.app.state.measures.registry).decode()
    assert "market_http_requests_total" in measured
    assert planter.found_in(measured) == {}
    secrets = planter.secrets().keys()
    for answer in answers:
        told = planter.found_in(f"{answer.text} {answer.headers}").keys()
        assert not told & secrets, (answer.request.url.path, told)
    kept = "".join(entry.document for entry in place.market.platform.audit.after(0, limit=1_000))
    assert not planter.found_in(kept).keys() & secrets


@pytest.mark.parametrize("holder", [None, "bob"])
def test_what_is_typed_behind_a_link_stays_there(tmp_path: Path, holder: str | None) -> None:
    planter, stream = Planter(), io.StringIO()
    market = PortalMarket(tmp_path, with_people=holder is not None)
    link = market.people.make_link(holder, now=market.now, lifetime_seconds=3_600)
    browser = market.browser()
    answers = []
    with logging_to(stream, level=logging.DEBUG):
        answers.append(browser.get(f"/{'password' if holder else 'setup'}/{link}"))
        (form,) = forms_of(answers[0].text)
        # First without its last field, then whole.
        for left_out in (list(form.fields)[-1], ""):
            said = {
                name: value if name == "csrf" else planter.plant(f"{form.action} {name}")
                for name, value in form.fields.items()
                if name != left_out
            }
            answers.append(browser.send("POST", form.action, data=said))
    assert [answer.status_code for answer in answers] == [200, 422, 303]
    measured = generate_latest(market.app.state.measures.registry).decode()
    for text in (stream.getvalue(), measured):
        assert planter.found_in(text) == {}
        assert link not in text
    trail = "".join(entry.document for entry in market.platform.audit.after(0, limit=100))
    for text in (trail, *(f"{answer.text} {answer.headers}" for answer in answers)):
        assert not set(planter.found_in(text)) & set(planter.secrets())
