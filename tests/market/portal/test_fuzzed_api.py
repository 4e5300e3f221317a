"""Every operation of the API, asked by everybody with what its description admits and with what it
does not: all answers are as described, and none holds what another organisation wrote.

FUZZ_SEED and FUZZ_EXAMPLES ask other things, and more of them (`make fuzz`).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import httpx
import hypothesis
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode, openapi
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from servers.postgres import Postgres
from world.consortium_builders import a_proposal
from world.place import Place, make_place
from world.platform_database import made_database

SEED = int(os.environ.get("FUZZ_SEED", "1"))
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "2"))
ROLES: dict[str, tuple[str, ...]] = {
    "": (),
    "bob": ("client",),
    "eve": ("client",),
    "olga": ("client", "owner"),
    "otto": ("client", "owner"),
    "carol": ("client", "owner", "agent"),
    "ada": ("client",),
}
"""Who asks, with the scopes of their token: nobody, buyers of two organisations, owners of two, a
consortium's member with their agent's token, the administrator."""
OUTSIDERS = ("", "eve", "otto")
"""Those to whom nothing of what is planted belongs."""
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)


def markers_planted(place: Place) -> tuple[str, ...]:
    """What of bob's and of the consortium's members no outsider may read, in whatever answer."""
    job = place.market.platform.jobs.get(place.ids["job"])
    proposal = a_proposal()
    return (job.repository, job.run, job.plan_hash, proposal.title, proposal.purpose)


def cases_of(operation: APIOperation) -> st.SearchStrategy[Case]:
    """What fits the description and, where it takes anything, what does not."""
    fitting = operation.as_strategy()
    if not operation.body and not list(operation.iter_parameters()):
        return fitting
    return fitting | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)


def send(place: Place, case: Case, headers: dict[str, str]) -> httpx.Response:
    request = case.as_transport_kwargs(base_url=place.market.settings.portal_url)
    # A browser has cookies of its own.
    del request["cookies"]
    request["headers"] = {**request["headers"], **headers}
    if isinstance(request.get("data"), str | bytes):
        request["content"] = request.pop("data")
    return place.market.browser().send(request.pop("method"), request.pop("url"), **request)


def check(case: Case, answer: httpx.Response) -> None:
    case.validate_response(answer, checks=list(CHECKS))
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == answer.status_code


def ask_as_everybody(place: Place, case: Case) -> None:
    planted = markers_planted(place)
    for name, scopes in ROLES.items():
        headers = place.market.token(name, *scopes) if name else {}
        answer = send(place, case, headers)
        check(case, answer)
        if name in OUTSIDERS:
            told = [marker for marker in planted if marker in answer.text]
            assert not told, (name, case.method, case.path)


def fuzz(place: Place, operation: APIOperation) -> Callable[[], None]:
    """A search through one operation, half of it with the ids of what there is."""

    @hypothesis.seed(SEED)
    @hypothesis.settings(
        max_examples=EXAMPLES,
        database=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(case=cases_of(operation), is_known=st.booleans())
    def search(case: Case, is_known: bool) -> None:
        if is_known:
            known = {name: place.ids[name] for name in case.path_parameters if name in place.ids}
            case.path_parameters = {**case.path_parameters, **known}
        ask_as_everybody(place, case)

    return search


def test_every_operation_answers_everybody_as_it_is_described(
    tmp_path: Path, postgres: Postgres
) -> None:
    # A real database, which takes fewer texts and numbers than memory does.
    opened = made_database(postgres.empty())
    place = make_place(tmp_path, opened)
    schema = openapi.from_dict(place.market.app.openapi())
    for found in schema.get_all_operations():
        fuzz(place, found.ok())()
    place.market.app.state.quotes.close()
    opened.database.close()
