"""Check a declared table, and publish it: what is about to be signed, and what was read."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from market.desk.owners_work import begin_publishing
from market.desk.pages import FORM_CHECKED, DeskHere, go, page
from market.desk.pages_owner_declare import previewed
from market.errors import NotFound
from market.owner.declarations import read_begun
from market.owner.survey import findings

router = APIRouter()


@router.get("/tables/publish/{dataset}")
def show_publish(request: Request, desk: DeskHere, dataset: str) -> HTMLResponse:
    """What is about to be signed."""
    with desk.agent() as (home, _):
        begun = read_begun(home, dataset)
    return page(request, "publish.html", begun=begun, **previewed(begun))


@router.post("/tables/publish/{dataset}", dependencies=[FORM_CHECKED])
def publish_table(request: Request, desk: DeskHere, dataset: str) -> RedirectResponse:
    """Begin, or go on."""
    return go(request, f"/undertakings/{begin_publishing(desk, dataset).number}")


@router.get("/tables/report/{dataset}")
def show_report(request: Request, desk: DeskHere, dataset: str) -> HTMLResponse:
    """What was read, and what encoding changes of it: for the owner alone."""
    reported = desk.reports.get(dataset)
    if reported is None:
        raise NotFound(
            "no-report",
            f"{dataset} was not checked since `market ui` was started.",
            "Check it again from its declaration.",
        )
    return page(
        request,
        "report.html",
        dataset=dataset,
        version=reported.version,
        report=reported.report,
        findings=findings(reported.report.encoding),
        unanswerable=reported.unanswerable,
        answers_now=desk.agent_process.is_anywhere,
    )
