"""Results: opened on this machine, kept here, read again without the portal."""

from __future__ import annotations

from functools import partial
from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from market.client.analysis.result_files import result_files
from market.client.results.open_result import OpenedResult
from market.client.results.open_shared import fetch_and_open
from market.client.results.opened_answers import answers_in
from market.client.results.opened_results import opened_result, opened_results, result_path
from market.client.verify.kept_receipts import kept_receipts
from market.desk.buyer.pictures import drawn, pictures_of
from market.desk.buyer.view_comparison import comparable
from market.desk.buyer.view_result import session_reliance, union_sentence
from market.desk.desk import Desk
from market.desk.pages import FORM_CHECKED, DeskHere, go, page
from market.desk.undertakings import Undertaking
from market.errors import Refused
from market.pages.answer_rows import answer_tables
from market.pricing.loss import shown_epsilon

router = APIRouter()

_MEDIA_TYPES = {"csv": "text/csv", "json": "application/json", "html": "text/html"}


@router.post("/jobs/{job}/open", dependencies=[FORM_CHECKED])
def begin_opening(request: Request, desk: DeskHere, job: str) -> RedirectResponse:
    """Fetch the sealed result, check every signature in it, and open it."""
    desk.keyring.identity()
    work = partial(_open, desk, job)
    begun = desk.undertakings.begin(f"Open the result of {job}", work, back=f"/jobs/{job}")
    return go(request, f"/undertakings/{begun.number}")


def _open(desk: Desk, job: str, here: Undertaking) -> str:
    step = "Fetch what was sealed, check it, and open it"
    here.progress(step, 0, 1)
    try:
        _opened(desk, job)
    except Refused as refused:
        if refused.code != "result-unverified":
            raise
        asked = [refused.message, "It opens all the same; nobody can say whether it is right."]
        if not here.ask(asked, "Open it as it is, this once"):
            raise
        _opened(desk, job, accepts_unverified=True)
    here.progress(step, 1, 1)
    return f"/results/{job}"


def _opened(desk: Desk, job: str, *, accepts_unverified: bool = False) -> OpenedResult:
    return fetch_and_open(
        desk.client,
        desk.keyring,
        desk.portal(),
        job,
        platform_key=desk.client.account().platform_key,
        accepts_unverified=accepts_unverified,
    )


@router.get("/results")
def show_results(request: Request, desk: DeskHere) -> HTMLResponse:
    """Every result that was opened here."""
    return page(request, "results.html", error=None, results=opened_results(desk.client))


@router.get("/results/{job}")
def show_result(request: Request, desk: DeskHere, job: str) -> HTMLResponse:
    """The answers with their errors, what they cost, and whom they rest on."""
    result = opened_result(desk.client, job)
    folder = result_path(desk.client, job).parent
    return page(
        request,
        "result.html",
        result=result,
        names=", ".join(one["dataset"] for one in result["datasets"]),
        epsilon=shown_epsilon(result["epsilon"]),
        tables=answer_tables(result["answers"]),
        pictures=pictures_of(
            answers_in(result["answers"]), f"{request.app.state.base}/results/{job}/chart"
        ),
        by_dataset=[
            (one["dataset"], answer_tables(one["answers"])) for one in result["by_dataset"]
        ],
        union=union_sentence(result),
        reliance=session_reliance(result["session"]),
        is_mine=desk.client.read_job(job, "request.json") is not None,
        receipts=kept_receipts(desk.client, job, result),
        folder=folder,
        others=comparable(result, opened_results(desk.client)),
    )


@router.get("/results/{job}/export/{kind}")
def export(desk: DeskHere, job: str, kind: Literal["csv", "json", "html"]) -> Response:
    """All of it as one file: a table, a program's document, or a page that needs nothing beside."""
    ((name, data),) = result_files(desk.client, opened_result(desk.client, job), kind).items()
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(data, media_type=_MEDIA_TYPES[kind], headers=headers)


@router.get("/results/{job}/chart/{file}")
def show_chart(desk: DeskHere, job: str, file: str) -> Response:
    """A chart of the result, as SVG or PNG."""
    return drawn(answers_in(opened_result(desk.client, job)["answers"]), file, job)
