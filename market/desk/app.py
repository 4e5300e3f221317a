"""The desk's application: its pages around one person's homes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from crypto.errors import CryptoError
from market.desk import pages_home, pages_keys, pages_work
from market.desk.admission import Admission
from market.desk.buyer import compare as pages_compare
from market.desk.buyer import find as pages_find
from market.desk.buyer import jobs as pages_jobs
from market.desk.buyer import programs as pages_programs
from market.desk.buyer import quote as pages_quote
from market.desk.buyer import results as pages_results
from market.desk.buyer import shared as pages_shared
from market.desk.buyer import sign as pages_sign
from market.desk.desk import Desk
from market.desk.edge import HEADERS, Edge
from market.desk.owner import routes as pages_owner
from market.desk.pages import answer_error
from market.errors import MarketError, NotFound, Refused
from market.pages.environment import STATIC, page_environment

_PAGES = (
    pages_home,
    pages_keys,
    pages_work,
    pages_find,
    pages_programs,
    pages_quote,
    pages_jobs,
    pages_sign,
    pages_compare,
    pages_results,
    pages_shared,
    pages_owner,
)


def create_desk(desk: Desk, admission: Admission) -> FastAPI:
    """The application that `market ui` serves.

    Args:
        admission: which browsers are heard; it gives the links.
    """

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        desk.close()

    app = FastAPI(openapi_url=None, redirect_slashes=False, lifespan=lifespan)
    app.state.desk = desk
    app.state.admission = admission
    app.state.base = admission.base
    app.state.templates = page_environment(
        Path(__file__).with_name("templates"), base=admission.base
    )
    for module in _PAGES:
        # `include_router` would build each route again, which takes longer than all else here.
        app.router.routes.extend(module.router.routes)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.add_middleware(Edge, admission=admission)
    _handle_errors(app)
    return app


def _handle_errors(app: FastAPI) -> None:
    for kind in (MarketError, CryptoError, OSError):
        app.add_exception_handler(kind, answer_error)

    @app.exception_handler(Exception)
    def on_defect(request: Request, error: Exception) -> Response:
        answer = answer_error(request, error)
        # This answer leaves outside of the edge.
        answer.headers.update({**HEADERS, "Cache-Control": "no-store"})
        return answer

    @app.exception_handler(RequestValidationError)
    def on_invalid(request: Request, error: RequestValidationError) -> Response:
        return answer_error(request, _not_understood(error.errors()[0]["msg"]))

    @app.exception_handler(HTTPException)
    def on_http(request: Request, error: HTTPException) -> Response:
        if error.status_code == HTTPStatus.NOT_FOUND:
            gone = NotFound(
                "no-page", "There is nothing at this address.", "Begin at the first page."
            )
            return answer_error(request, gone)
        return answer_error(request, _not_understood(error.detail))


def _not_understood(why: str) -> Refused:
    return Refused(
        "request-malformed",
        f"The request was not understood: {why}.",
        "Go back, and load the page again.",
    )
