"""The portal: `create_app` puts the JSON API, the pages and the housekeeper around a platform."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, fields
from http import HTTPStatus
from urllib.parse import quote

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from crypto.errors import CryptoError
from market import metrics
from market.errors import MarketError
from market.pages.environment import STATIC
from market.portal import objects, problems
from market.portal.access import unix_time
from market.portal.api import administration as api_administration
from market.portal.api import agent as api_agent
from market.portal.api import appointments as api_appointments
from market.portal.api import consortia as api_consortia
from market.portal.api import datasets as api_datasets
from market.portal.api import drafts as api_drafts
from market.portal.api import inbox as api_inbox
from market.portal.api import jobs as api_jobs
from market.portal.api import people as api_people
from market.portal.api import processes as api_processes
from market.portal.api import programs as api_programs
from market.portal.api import shared as api_shared
from market.portal.edge import Edge, security_headers
from market.portal.housekeeper import DEFECT, Housekeeper
from market.portal.measures import PortalCollector, PortalMeasures, Sample
from market.portal.notifier import Notifier
from market.portal.openapi import describe_problems
from market.portal.pages import account as pages_account
from market.portal.pages import administration as pages_administration
from market.portal.pages import airflow as pages_airflow
from market.portal.pages import backups as pages_backups
from market.portal.pages import consortia as pages_consortia
from market.portal.pages import datasets as pages_datasets
from market.portal.pages import drafts as pages_drafts
from market.portal.pages import inbox as pages_inbox
from market.portal.pages import jobs as pages_jobs
from market.portal.pages import links as pages_links
from market.portal.pages import notices as pages_notices
from market.portal.pages import organisations as pages_organisations
from market.portal.pages import session as pages_session
from market.portal.pages import submit as pages_submit
from market.portal.pages.links import LINK_REQUESTS_A_MINUTE
from market.portal.pages.page import problem_page
from market.portal.problems import InternalFailure, NotSignedIn
from market.portal.quotes.counters import QuoteCounters
from market.portal.relays import routes as relay
from market.portal.relays.desk import RelayDesk
from market.portal.relays.measures import RelayCollector
from market.portal.request_rates import RequestRates
from market.portal.run_starter import RunStarter
from market.portal.upload_desk import UploadDesk
from market.services.access.limits import limits_of
from market.services.platform import Platform
from market.settings import Settings

_log = structlog.get_logger()

QUOTE_SECONDS = 30
"""How long the pricing of one plan may take."""

OPENAPI_PATH = "/api/v1/openapi.json"
_FOR_PROGRAMS = ("/api/", "/objects/", "/healthz")
_API = (
    api_people,
    api_administration,
    api_consortia,
    api_datasets,
    api_drafts,
    api_inbox,
    api_jobs,
    api_programs,
    api_shared,
    api_agent,
    api_appointments,
    api_processes,
    objects,
)
_PAGES = (
    pages_session,
    pages_links,
    pages_notices,
    pages_datasets,
    pages_drafts,
    pages_consortia,
    pages_submit,
    pages_jobs,
    pages_inbox,
    pages_organisations,
    pages_account,
    pages_administration,
    pages_backups,
    pages_airflow,
)


def create_app(
    platform: Platform,
    settings: Settings,
    *,
    clock: Callable[[], int] = unix_time,
    at_end: Callable[[], None] = lambda: None,
) -> FastAPI:
    """The portal's application; its lifespan runs the housekeeper and closes the quote counters.

    Args:
        clock: Unix seconds.
        at_end: called when nothing is served any more.
    """
    measures = PortalMeasures()
    parts = _parts(platform, settings, measures)
    app = FastAPI(
        title="Ciphertext market",
        description="Answers about data that nobody but its owner ever sees.",
        version="1",
        openapi_url=OPENAPI_PATH,
        docs_url=None,
        redoc_url=None,
        # A redirect for a missing slash would repeat whatever Host the request claims.
        redirect_slashes=False,
        lifespan=_lifespan(parts, at_end),
    )
    held = {"measures": measures, "platform": platform, "settings": settings, "clock": clock}
    _hold(app, {field.name: getattr(parts, field.name) for field in fields(parts)} | held)
    _collect(app, measures)
    headers = security_headers(settings)
    app.add_middleware(Edge, headers=headers, measures=measures)
    _handle_errors(app, headers)
    _add_routes(app, settings)
    describe_problems(app)
    return app


@dataclass(frozen=True, slots=True)
class _Parts:
    """What works beside the requests, from the application's start to its end."""

    housekeeper: Housekeeper
    notifier: Notifier
    quotes: QuoteCounters
    starter: RunStarter


def _parts(platform: Platform, settings: Settings, measures: PortalMeasures) -> _Parts:
    name = _process_name()
    return _Parts(
        Housekeeper(platform, settings.housekeeping_seconds, name, measures.duty, measures.drop),
        Notifier(platform, name, settings.portal_url),
        QuoteCounters(QUOTE_SECONDS),
        RunStarter(platform),
    )


def _hold(app: FastAPI, parts: Mapping[str, object]) -> None:
    """What requests find in the application's state, by name."""
    for name, part in parts.items():
        setattr(app.state, name, part)
    platform, settings = app.state.platform, app.state.settings
    app.state.registers = platform
    app.state.uploads = UploadDesk()
    app.state.relay = RelayDesk(settings.relay_idle_seconds, settings.relay_maximum_bytes)
    _limit_requests(app, platform)


def _limit_requests(app: FastAPI, platform: Platform) -> None:
    app.state.rates = RequestRates(lambda one: limits_of(platform, one).requests_a_minute)
    app.state.link_rates = RequestRates(lambda _address: LINK_REQUESTS_A_MINUTE)


def _collect(app: FastAPI, measures: PortalMeasures) -> None:
    state = app.state
    here = PortalCollector(state.platform, state.clock, lambda: _known_here(app))
    measures.registry.register(here)
    measures.registry.register(RelayCollector(state.relay))


def _add_routes(app: FastAPI, settings: Settings) -> None:
    relays = () if settings.relay_public_url else (relay,)
    for module in (*_API, *_PAGES, *relays):
        # `include_router` would build each route again, which takes longer than all else here.
        app.router.routes.extend(module.router.routes)
    app.add_api_route("/healthz", _health, include_in_schema=False)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")


def _process_name() -> str:
    """Tells an operator which process it is, and no two processes are called the same."""
    return f"{socket.gethostname()}/{os.getpid()}/{secrets.token_hex(4)}"


def _lifespan(
    parts: _Parts, at_end: Callable[[], None]
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        parts.housekeeper.start()
        parts.notifier.start()
        yield
        parts.notifier.stop()
        parts.housekeeper.stop()
        parts.starter.close()
        parts.quotes.close()
        at_end()

    return lifespan


def _health(request: Request) -> JSONResponse:
    """Whether the portal serves and its housekeeper works. Parts that are waited for are named and
    are not a reason to restart the portal; a defect is one."""
    housekeeper: Housekeeper = request.app.state.housekeeper
    codes = sorted(set(housekeeper.troubles.values()))
    is_well = housekeeper.is_alive and DEFECT not in codes
    state = ", ".join(codes) or "ok"
    return JSONResponse(
        {
            "portal": "ok",
            "housekeeper": state if housekeeper.is_alive else "ended",
            "leads": housekeeper.leads,
        },
        200 if is_well else 503,
    )


def _known_here(app: FastAPI) -> Iterator[Sample]:
    """What this process knows without asking: its desks and its housekeeper."""
    housekeeper: Housekeeper = app.state.housekeeper
    yield metrics.UPLOADS, (), app.state.uploads.uploads
    yield metrics.HOUSEKEEPER_ALIVE, (), housekeeper.is_alive
    yield metrics.HOUSEKEEPER_LEADS, (), housekeeper.leads
    for counter, quotes in app.state.quotes.in_line.items():
        yield metrics.QUOTES, (counter,), quotes
    for duty, code in housekeeper.troubles.items():
        yield metrics.TROUBLES, (duty, code), 1


def _handle_errors(app: FastAPI, headers: dict[str, str]) -> None:
    @app.exception_handler(MarketError)
    def on_market(request: Request, error: MarketError) -> Response:
        return _answer(request, error)

    @app.exception_handler(CryptoError)
    def on_crypto(request: Request, error: CryptoError) -> Response:
        return _answer(request, problems.malformed(error))

    @app.exception_handler(RequestValidationError)
    def on_invalid(request: Request, error: RequestValidationError) -> Response:
        return _answer(request, problems.invalid(error))

    @app.exception_handler(HTTPException)
    def on_http(request: Request, error: HTTPException) -> Response:
        response = _answer(request, problems.of_http(error), status=error.status_code)
        response.headers.update(error.headers or {})
        return response

    @app.exception_handler(Exception)
    def on_defect(request: Request, error: Exception) -> Response:
        request_id = request.state.request_id
        _log.error("request.failed", request_id=request_id, exc_info=error)
        response = _answer(request, InternalFailure(request_id))
        # This answer leaves outside of the middleware.
        response.headers.update({**headers, "Cache-Control": "no-store"})
        return response


def _answer(request: Request, error: MarketError, *, status: int | None = None) -> Response:
    path = request.url.path
    if path.startswith(_FOR_PROGRAMS):
        return problems.problem_response(error, status=status)
    if isinstance(error, NotSignedIn) and request.method == "GET":
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"/sign-in?next={quote(path + query)}", HTTPStatus.SEE_OTHER)
    return problem_page(request, error, status=status)
