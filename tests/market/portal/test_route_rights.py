"""Every route, asked by everybody: who gets through, and what the others are told.

The table below is the whole of it: a route of the application without a row fails, and so does a
row without a route. Each request is well-formed and the owner's documents in it are signed, so that
what is told is about who asks.

    +  done, or shown                          r  theirs to ask, and refused for what it says
    ?  sign in first                           x  known, and not theirs
    0  there is no such thing (for them)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute
from starlette.routing import Route
from world.builders import text
from world.consortium_builders import (
    a_binding,
    a_consent,
    a_consortium,
    a_departure,
    a_joining,
    a_proposal,
    agreement_of,
    by_member,
)
from world.drafts import VISITS, form_of
from world.household import PLAN
from world.people import PASSWORD
from world.place import DATASET, Place, make_place
from world.portal_market import PortalMarket
from world.shared import a_shared_header

from crypto.identity import SigningKey, sign
from market import wire
from market.policy.submission.git_bundle import FIRST_LINE
from market.records.agreement import Consent, Departure, Joining
from market.records.appointment import AgentAppointment, AgentKeys
from market.records.binding import Binding
from market.records.consortium import Proposal
from market.records.grant import Revocation
from market.records.identity import IDENTITY_TAG
from market.records.shared_result import ReaderKey, SharedResult
from market.records.signed import sign_record
from market.records.standing import Standing
from market.records.version_drop import VersionDrop

pytestmark = pytest.mark.stories

ROLES = {
    "nobody": "",
    "buyer": "bob",
    "rival": "eve",
    "owner": "olga",
    "another owner": "otto",
    "administrator": "ada",
    "owner's agent": "olga",
}
TABLE = """
GET    /                                                            ? + + + + + ?
GET    /account                                                     ? + + + + + ?
GET    /account/notices/confirm                                     ? + + + + + ?
POST   /account/notices/confirm                                     ? x x x x x ?
POST   /account/notices/hook                                        ? + + + + + ?
POST   /account/notices/hook/end                                    ? + + + + + ?
POST   /account/notices/mail                                        ? + + + + + ?
POST   /account/notices/mail/end                                    ? + + + + + ?
POST   /account/password                                            ? + + + + + ?
POST   /account/sessions/{session_id}/end                           ? + + + + + ?
POST   /account/tokens/{token_id}/revoke                            ? + + + + + ?
GET    /administration                                              ? x x x x + ?
GET    /administration/audit                                        ? x x x x + ?
GET    /administration/audit/export                                 ? x x x x + ?
GET    /administration/backups                                      ? x x x x + ?
GET    /administration/operations                                   ? x x x x + ?
GET    /administration/organisations/{organisation}                 ? x x x x + ?
GET    /administration/organisations/{organisation}/export          ? x x x x + ?
POST   /administration/organisations/{organisation}/limits          ? x x x x + ?
POST   /administration/organisations                                ? x x x x + ?
POST   /administration/users                                        ? x x x x + ?
POST   /administration/users/{name}/active                          ? x x x x + ?
POST   /administration/users/{name}/link                            ? x x x x + ?
GET    /administration/users/{name}/remove                          ? x x x x + ?
POST   /administration/users/{name}/remove                          ? x x x x + ?
POST   /administration/users/{name}/roles                           ? x x x x + ?
GET    /airflow                                                     ? + + + + + ?
GET    /consortia                                                   ? + + + + + ?
GET    /consortia/{consortium}                                      ? 0 0 + 0 + ?
GET    /datasets/{dataset}                                          ? + + + + + ?
POST   /datasets/{dataset}/access-requests                          ? + r x x x ?
POST   /datasets/{dataset}/access-requests/{asked}/decline          ? x x + x x ?
GET    /drafts                                                      ? x x + + x ?
POST   /drafts                                                      ? x x + + x ?
GET    /drafts/{draft}                                              ? x x + 0 x ?
POST   /drafts/{draft}                                              ? x x + 0 x ?
POST   /drafts/{draft}/delete                                       ? x x + 0 x ?
POST   /drafts/{draft}/duplicate                                    ? x x + 0 x ?
GET    /healthz                                                     + + + + + + +
GET    /inbox                                                       ? + + + + + ?
POST   /inbox/marks                                                 ? + + + + + ?
GET    /jobs                                                        ? + + + + + ?
GET    /jobs/{job}                                                  ? + 0 + 0 + ?
GET    /jobs/{job}/cancel                                           ? + 0 0 0 0 ?
GET    /jobs/new                                                    ? + + + + x ?
POST   /jobs/new                                                    ? + r x x x ?
POST   /jobs/{job}/cancel                                           ? + 0 0 0 0 ?
GET    /objects/{key:path}                                          x x x x x x x
PUT    /objects/{key:path}                                          x x x x x x x
GET    /password/{secret}                                           x x x x x x x
POST   /password/{secret}                                           x x x x x x x
GET    /promise                                                     + + + + + + +
GET    /setup/{secret}                                              x x x x x x x
POST   /setup/{secret}                                              x x x x x x x
GET    /sign-in                                                     + + + + + + +
POST   /sign-in                                                     + + + + + + +
POST   /sign-out                                                    + + + + + + +
GET    /api/v1/agent/appointments                                   ? + + + + + +
POST   /api/v1/agent/appointments                                   ? x x + r x x
GET    /api/v1/agent/bindings                                       ? x x x x x +
GET    /api/v1/agent/publication                                    ? x x x x x +
GET    /api/v1/agent/publications                                   ? x x x x x +
GET    /api/v1/agent/receipts                                       ? x x x x x +
POST   /api/v1/agent/receipts                                       ? x x x x x +
GET    /api/v1/agent/work                                           ? x x x x x +
GET    /api/v1/consortia                                            ? + + + + + +
POST   /api/v1/consortia                                            ? x x + r x x
GET    /api/v1/consortia/{consortium}                               ? 0 0 + 0 + +
POST   /api/v1/consortia/{consortium}/bindings                      ? x x r 0 x x
POST   /api/v1/consortia/{consortium}/consents                      ? x x + 0 x x
POST   /api/v1/consortia/{consortium}/departures                    ? x x + 0 x x
POST   /api/v1/consortia/{consortium}/joinings                      ? x x + 0 x x
GET    /api/v1/datasets                                             ? + + + + + +
POST   /api/v1/datasets                                             ? x x + r x x
GET    /api/v1/datasets/{dataset}                                   ? + + + + + +
GET    /api/v1/datasets/{dataset}/access-requests                   ? x x + x x +
POST   /api/v1/datasets/{dataset}/access-requests                   ? + r x x x x
POST   /api/v1/datasets/{dataset}/access-requests/{request}/decline ? x x + x x x
POST   /api/v1/datasets/{dataset}/drops                             ? x x r x x x
GET    /api/v1/datasets/{dataset}/grants                            ? x x + x x +
GET    /api/v1/drafts                                               ? x x + + x x
POST   /api/v1/drafts                                               ? x x + + x x
DELETE /api/v1/drafts/{draft}                                       ? x x + 0 x x
GET    /api/v1/drafts/{draft}                                       ? x x + 0 x x
PUT    /api/v1/drafts/{draft}                                       ? x x + 0 x x
POST   /api/v1/drafts/{draft}/take-up                               ? x x + 0 x x
GET    /api/v1/forms                                                ? ? ? ? ? ? ?
POST   /api/v1/datasets/{dataset}/standing                          ? x x + x x x
GET    /api/v1/datasets/{dataset}/listings                          ? x x + x x +
POST   /api/v1/datasets/{dataset}/listings                          ? x x + x x x
POST   /api/v1/grants                                               ? x x + x x x
PUT    /api/v1/identity                                             ? x x x x + x
PUT    /api/v1/identity/reader-key                                  ? + + + + r x
GET    /api/v1/colleagues                                           ? + + + + + x
GET    /api/v1/shared-results                                       ? + + + + + x
POST   /api/v1/shared-results                                       ? r 0 0 0 r x
GET    /api/v1/shared-results/{job}                                 ? 0 0 0 0 0 x
DELETE /api/v1/shared-results/{job}/{recipient}                     ? 0 0 0 0 0 x
GET    /api/v1/inbox                                                ? + + + + + +
POST   /api/v1/inbox/marks                                          ? + + + + + x
GET    /api/v1/jobs                                                 ? + + + + + +
POST   /api/v1/jobs                                                 ? + r x x x x
GET    /api/v1/jobs/{job}                                           ? + 0 + 0 + +
POST   /api/v1/jobs/{job}/abort                                     ? x x x x x r
POST   /api/v1/jobs/{job}/approval                                  ? 0 0 r 0 0 r
GET    /api/v1/jobs/{job}/bundle                                    ? r 0 r 0 r r
POST   /api/v1/jobs/{job}/cancel                                    ? + 0 0 0 0 x
GET    /api/v1/jobs/{job}/receipts/{party}                          ? r 0 r 0 r r
POST   /api/v1/jobs/{job}/refusal                                   ? 0 0 r 0 0 r
POST   /api/v1/jobs/{job}/release                                   ? x x x x x r
POST   /api/v1/jobs/{job}/request                                   ? r 0 0 0 0 x
GET    /api/v1/jobs/{job}/timeline                                  ? + 0 + 0 + +
GET    /api/v1/objects/{key:path}                                   ? x x + x x +
GET    /api/v1/openapi.json                                         + + + + + + +
GET    /api/v1/administration/operations                            ? x x x x + x
GET    /api/v1/organisations                                        ? x x x x + x
POST   /api/v1/organisations                                        ? x x x x + x
GET    /api/v1/organisations/{organisation}/export                  ? x x x x + x
GET    /api/v1/organisations/{organisation}/limits                  ? x x x x + x
PATCH  /api/v1/organisations/{organisation}/limits                  ? x x x x + x
GET    /api/v1/platform                                             + + + + + + +
POST   /api/v1/programs                                             ? + + + + x x
POST   /api/v1/quotes                                               ? + + + + + +
GET    /api/v1/receipts/forks                                       ? + + + + + +
POST   /api/v1/revocations                                          ? x x + x x x
GET    /api/v1/sessions                                             ? + + + + + x
DELETE /api/v1/sessions/{session_id}                                ? + + + + + x
GET    /api/v1/tokens                                               ? + + + + + +
POST   /api/v1/tokens                                               + + + + + + +
DELETE /api/v1/tokens/current                                       ? + + + + + +
GET    /api/v1/tokens/current                                       ? + + + + + +
DELETE /api/v1/tokens/{token_id}                                    ? + + + + + x
POST   /api/v1/uploads                                              ? x x + x x x
GET    /api/v1/users                                                ? x x x x + x
POST   /api/v1/users                                                ? x x x x + x
POST   /api/v1/users/{user}/link                                    ? x x x x + x
DELETE /api/v1/users/{user}                                         ? x x x x + x
PATCH  /api/v1/users/{user}                                         ? x x x x + x
GET    /api/v1/whoami                                               ? + + + + + +
"""


def standing(place: Place, _name: str) -> dict[str, Any]:
    said = Standing(DATASET, 1, "paused", (), place.market.now)
    return {"standing": sign_record(place.market.keys["olga"], said).encode().decode()}


def version_drop(place: Place, _name: str) -> dict[str, Any]:
    """Of the newest version, which is refused."""
    word = VersionDrop(DATASET, 1, "ab" * 32, place.market.now)
    return {"word": sign_record(place.market.keys["olga"], word).encode().decode()}


def another_listing(place: Place, _name: str) -> dict[str, Any]:
    newest = place.market.catalogue.dataset(DATASET).listing.record
    listing = replace(newest, edition=newest.edition + 1)
    return {"listing": sign_record(place.market.keys["olga"], listing).encode().decode()}


def publication(place: Place, _name: str) -> dict[str, Any]:
    _, (listing, manifest) = place.market.stored("second-visits", 1)
    return {"listing": listing, "manifest": manifest}


def upload(place: Place, _name: str) -> dict[str, Any]:
    key = place.ids["key:path"].replace("0-0", "new")
    return {"key": key, "sha256": "ab" * 32, "size_bytes": 1}


def grant(place: Place, _name: str) -> dict[str, Any]:
    """The owner's next grant to bob."""
    (given,) = (signed for signed, _ in place.market.platform.catalogue.grants(DATASET))
    more = replace(given.record, grant="ab" * 8, issued_at=place.market.now + 1)
    return {"grant": sign_record(place.market.keys["olga"], more).encode().decode()}


def revocation(place: Place, _name: str) -> dict[str, Any]:
    (given,) = (signed for signed, _ in place.market.platform.catalogue.grants(DATASET))
    word = Revocation(given.record.grant, DATASET, place.market.now)
    return {"revocation": sign_record(place.market.keys["olga"], word).encode().decode()}


def appointment(place: Place, _name: str) -> dict[str, Any]:
    keys = AgentKeys(SigningKey.generate().public.hex, "ab" * 32)
    word = AgentAppointment(keys, 2, place.market.now)
    return {"appointment": sign_record(place.market.keys["olga"], word).encode().decode()}


def of_clinics(record: Proposal | Joining | Consent | Binding | Departure) -> str:
    return text(by_member(record, "clinics"))


AGREED = agreement_of(a_consortium("agreed"))


def identity(_place: Place, name: str) -> dict[str, Any]:
    key = SigningKey.generate()
    return {"public_key": key.public.hex, "proof": sign(key, IDENTITY_TAG, name.encode())}


def reader_key(place: Place, name: str) -> dict[str, Any]:
    word = ReaderKey(name, "ab" * 32, place.market.now)
    key = place.market.keys.get(name) or SigningKey.generate()
    return {"reader_key": sign_record(key, word).encode().decode()}


def shared(place: Place, name: str) -> dict[str, Any]:
    """A result that its asker has no more than asked for, for a stranger."""
    key = place.market.keys.get(name) or SigningKey.generate()
    header = a_shared_header(job=place.ids["job"], sharer=key.public.hex)
    word = sign_record(key, SharedResult(header, "5e" * 80))
    return {"recipient": "eve", "shared": word.encode().decode()}


def submission(_place: Place, _name: str) -> dict[str, Any]:
    return {
        "repository": "https://example.org/questions.git",
        "commit": "c0ffee" + "0" * 34,
        "dataset": DATASET,
        "epsilon": "0.5",
    }


BODIES: dict[str, dict[str, Any]] = {
    "POST /api/v1/tokens": {
        "user": "bob",
        "password": PASSWORD,
        "label": "laptop",
    },
    "POST /api/v1/organisations": {"organisation": "new", "name": "New"},
    "POST /api/v1/users": {
        "user": "new",
        "organisation": "archive",
        "name": "New",
        "roles": ["buyer"],
        "password": PASSWORD,
    },
    "PATCH /api/v1/users/{user}": {"is_active": False},
    "POST /api/v1/datasets/{dataset}/access-requests": {"purpose": "Research."},
    "POST /api/v1/quotes": {
        "dataset": DATASET,
        "plan": wire.encode(PLAN).decode(),
        "epsilon": "0.5",
    },
    "POST /api/v1/inbox/marks": {"since": 1, "kind": "open", "about": "job-1", "is_done": True},
    "POST /api/v1/jobs/{job}/request": {"request": "x"},
    "POST /api/v1/jobs/{job}/approval": {"approval": "x"},
    "POST /api/v1/jobs/{job}/abort": {"abort": "x"},
    "POST /api/v1/jobs/{job}/refusal": {"refusal": "x"},
    "POST /api/v1/jobs/{job}/release": {"envelope": "x", "receipt": "x"},
    "POST /datasets/{dataset}/access-requests": {"purpose": "Research."},
    "POST /jobs/new": {
        "repository": "https://git.example.org/questions.git",
        "commit": "ab" * 20,
        "dataset": DATASET,
        "epsilon": "0.5",
    },
    "POST /inbox/marks": {"since": "1", "kind": "open", "about": "job-1", "is_done": "yes"},
    "POST /account/notices/confirm": {"secret": "ab" * 32},
    "POST /account/notices/hook": {"address": "https://north.example/hook"},
    "POST /account/notices/mail": {"address": "bob@north.example"},
    "POST /account/password": {
        "old": PASSWORD,
        "new": "quiet-harbour-violet-17",
    },
    "POST /administration/organisations": {
        "organisation": "new",
        "organisation_name": "New",
    },
    "PATCH /api/v1/organisations/{organisation}/limits": {"jobs_a_day": 5},
    "POST /administration/organisations/{organisation}/limits": {"jobs_a_day": "5"},
    "POST /administration/users": {
        "user": "new",
        "organisation": "archive",
        "name": "New",
        "roles": ["buyer"],
    },
    "POST /administration/users/{name}/roles": {"roles": ["owner"]},
    "POST /administration/users/{name}/active": {"is_active": "no"},
    "POST /api/v1/consortia": {"proposal": of_clinics(a_proposal(consortium="clinics-again"))},
    "POST /api/v1/consortia/{consortium}/joinings": {
        "joining": of_clinics(a_joining(AGREED.proposal, "clinics"))
    },
    "POST /api/v1/consortia/{consortium}/consents": {
        "consent": of_clinics(a_consent(AGREED, "clinics"))
    },
    "POST /api/v1/consortia/{consortium}/bindings": {
        "binding": of_clinics(a_binding(AGREED, "clinics"))
    },
    "POST /api/v1/consortia/{consortium}/departures": {
        "departure": of_clinics(a_departure(AGREED, "clinics"))
    },
    "POST /drafts/{draft}": {"revision": "1", **form_of(VISITS)},
    "POST /api/v1/drafts": {"draft": VISITS.document()},
    "PUT /api/v1/drafts/{draft}": {"draft": VISITS.document(), "revision": 1},
    "POST /api/v1/drafts/{draft}/take-up": {"revision": 1},
    "POST /sign-in": {"user": "bob", "password": PASSWORD},
    "POST /setup/{secret}": {},
    "POST /password/{secret}": {"password": PASSWORD},
}
MADE: dict[str, Callable[[Place, str], dict[str, Any] | bytes]] = {
    "PUT /api/v1/identity": identity,
    "PUT /api/v1/identity/reader-key": reader_key,
    "POST /api/v1/shared-results": shared,
    "POST /api/v1/datasets": publication,
    "POST /api/v1/datasets/{dataset}/standing": standing,
    "POST /api/v1/datasets/{dataset}/drops": version_drop,
    "POST /api/v1/datasets/{dataset}/listings": another_listing,
    "POST /api/v1/uploads": upload,
    "POST /api/v1/grants": grant,
    "POST /api/v1/revocations": revocation,
    "POST /api/v1/jobs": submission,
    "POST /api/v1/programs": lambda _place, _name: FIRST_LINE + b"1" * 40 + b" HEAD\n\nPACK",
    "POST /api/v1/agent/appointments": appointment,
    "POST /api/v1/agent/receipts": lambda place, _name: {
        "agent": place.market.agent.public.hex,
        "receipts": [],
    },
}
"""Bodies of which a part is of the place, or of whoever asks."""
QUERIES: dict[str, Callable[[Place], dict[str, Any]]] = {
    "GET /api/v1/agent/receipts": lambda place: {"agent": place.market.agent.public.hex},
    "GET /api/v1/agent/publication": lambda _place: {"dataset": DATASET, "version": 1},
}


def routes(market: PortalMarket) -> set[str]:
    """Every route of the application, as `METHOD path`."""
    found = set()
    for route in market.app.routes:
        if isinstance(route, Route | APIRoute):
            methods = (route.methods or set()) - {"HEAD"}
            found |= {f"{method} {route.path}" for method in methods}
    return found


def rows() -> list[tuple[str, dict[str, str]]]:
    """Route and outcome by role."""
    table = []
    for line in TABLE.strip().splitlines():
        method, path, *outcomes = line.split()
        table.append((f"{method} {path}", dict(zip(ROLES, outcomes, strict=True))))
    return table


def outcome(answer: httpx.Response) -> str:
    """The sign of an answer."""
    code = answer.status_code
    if code == 401 or answer.headers.get("location", "").startswith("/sign-in?next"):
        return "?"
    if code in (403, 404):
        return "x" if code == 403 else "0"
    if code in (409, 422):
        return "r"
    # Nobody keeps this house, and its health says so to everybody.
    assert 200 <= code < 400 or "housekeeper" in answer.json(), answer.text
    return "+"


def ask(place: Place, route: str, role: str) -> httpx.Response:
    """One request of a role: with a session to a page, with the role's widest token to the API."""
    method, path = route.split()
    market, name = place.market, ROLES[role]
    is_page = not path.startswith(("/api/", "/objects/"))
    request: dict[str, Any] = {}
    if route in QUERIES:
        request["params"] = QUERIES[route](place)
    body = MADE[route](place, name) if route in MADE else BODIES.get(route, {})
    # A page knows no token: an agent is nobody there.
    browser = place.browser(name if is_page and role != "owner's agent" else "")
    if is_page and method != "GET":
        form = "/account" if name and role != "owner's agent" else "/sign-in"
        request["data"] = {"csrf": browser.csrf(form), **dict(body)}
    elif method != "GET":
        request["content" if isinstance(body, bytes) else "json"] = body
    if not is_page and name:
        scopes = ("agent",) if role == "owner's agent" else ("client", "owner")
        request["headers"] = market.token(name, *scopes)
    return browser.send(method, place.fill(path), **request)


def test_every_route_has_its_row(market: PortalMarket) -> None:
    listed = [route for route, _ in rows()]
    assert sorted(listed) == sorted(routes(market))


class Places:
    """Places to ask in, one after the other: a new one when something was done in the last."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._number = 0
        self._place: Place | None = None

    def place(self) -> Place:
        if self._place is None:
            self._number += 1
            self._place = make_place(self._home / str(self._number))
        return self._place

    def leave(self) -> None:
        if self._place is not None:
            self._place.market.app.state.quotes.close()
        self._place = None


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    made = Places(tmp_path_factory.mktemp("places"))
    yield made
    made.leave()


@pytest.mark.parametrize(
    ("route", "expected"),
    [
        # A quote is made in a process of its own.
        pytest.param(route, expected, marks=[pytest.mark.processes] * ("quotes" in route))
        for route, expected in rows()
    ],
    ids=[route for route, _ in rows()],
)
def test_route_lets_through_whom_it_should(
    route: str, expected: dict[str, str], places: Places
) -> None:
    seen = {}
    for role in ROLES:
        seen[role] = outcome(ask(places.place(), route, role))
        if seen[role] == "+" and not route.startswith("GET "):
            places.leave()
    assert seen == expected
