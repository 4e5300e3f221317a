"""Check a declared table, and publish it: what is about to be signed, and what was read."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from market.desk.owner.declare import previewed
from market.desk.owner.owners_work import begin_publishing
from market.desk.pages import DeskHere, Form, field, go, page
from market.errors import NotFound, Refused
from market.owner.drafting.declarations import read_begun
from market.owner.drafting.next_declaration import shown_by_appending
from market.owner.own_tables import unfinished_version
from market.owner.table.survey import findings

router = APIRouter()


@router.get("/tables/publish/{dataset}")
def show_publish(request: Request, desk: DeskHere, dataset: str) -> HTMLResponse:
    """What is about to be signed, and of a further version whether all of it is encrypted."""
    with desk.agent() as (home, store):
        begun = read_begun(home, dataset)
        shown = shown_by_appending(home, dataset)
        unfinished = unfinished_version(home, store, dataset)
    return page(
        request,
        "publish.html",
        begun=begun,
        shown=shown,
        unfinished=unfinished,
        **previewed(begun),
    )


@router.post("/tables/publish/{dataset}")
def publish_table(request: Request, desk: DeskHere, dataset: str, form: Form) -> RedirectResponse:
    """Begin, or go on.

    Raises:
        Refused: `not-confirmed`: rows are to be appended, and what that shows was not agreed to.
    """
    appends = field(form, "appends") == "yes"
    if appends and field(form, "may_show") != "yes":
        raise Refused(
            "not-confirmed",
            "Appending shows how many rows the version before had, and you have not agreed to it.",
            "Nothing was done. Tick the box to agree, or encrypt all of it.",
        )
    work = begin_publishing(desk, dataset, appends=appends)
    return go(request, f"/undertakings/{work.number}")


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
        losses=reported.losses,
        findings=findings(reported.report.encoding),
        unanswerable=reported.unanswerable,
        blocks=reported.blocks,
        new_blocks=reported.new_blocks,
        answers_now=desk.agent_process.is_anywhere,
    )
