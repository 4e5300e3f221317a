"""A buyer's questions on their way: the list, one job and what it waits for, taking it back."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from market.client.kept.kept_program import forget_ended
from market.client.questions.confirm_program import read_submission
from market.client.questions.own_programs import own_programs
from market.client.results.opened_results import result_path
from market.desk.buyer.view_job import is_over, job_lines, job_view, moved_on, names_of
from market.desk.desk import Desk
from market.desk.pages import FORM_CHECKED, DeskHere, go, page
from market.errors import MarketError

router = APIRouter()

_PAGE_JOBS = 50


@router.get("/jobs")
def show_jobs(
    request: Request, desk: DeskHere, after: Annotated[str, Query(max_length=100)] = ""
) -> HTMLResponse:
    """Jobs of the person's organisation, the newest first, a page of them."""
    found = desk.portal().get("jobs", after=after, limit=str(_PAGE_JOBS))
    forget_ended(desk.client, found)
    older = found[-1]["job"] if len(found) == _PAGE_JOBS else ""
    return page(request, "jobs.html", jobs=job_lines(found), older=older, is_first=not after)


@router.get("/jobs/{job}")
def show_job(request: Request, desk: DeskHere, job: str) -> HTMLResponse:
    """One job: where it stands, and what its reader does now."""
    return job_page(request, desk, job)


@router.get("/jobs/{job}/now")
def show_job_now(desk: DeskHere, job: str) -> JSONResponse:
    """How far the job has come, for a page that follows it."""
    return JSONResponse({"updated_at": moved_on(desk.portal().get(f"jobs/{job}"))})


@router.post("/jobs/{job}/cancel", dependencies=[FORM_CHECKED])
def cancel_job(request: Request, desk: DeskHere, job: str) -> RedirectResponse:
    """Take the job back, while nobody has approved it."""
    desk.portal().post(f"jobs/{job}/cancel", {})
    return go(request, f"/jobs/{job}", done="cancelled")


def job_page(
    request: Request,
    desk: Desk,
    job: str,
    *,
    error: MarketError | None = None,
    typed: dict[str, str] | None = None,
) -> HTMLResponse:
    """The page of a job; with what was typed into it, and why that was refused."""
    portal = desk.portal()
    answer: dict[str, Any] = portal.get(f"jobs/{job}")
    forget_ended(desk.client, [answer])
    timeline = portal.get(f"jobs/{job}/timeline")
    altered, is_ours = _ours(desk, answer)
    return page(
        request,
        "job.html",
        status=422 if error else 200,
        error=error or altered,
        typed=typed or {"repository": "", "commit": ""},
        job=answer,
        names=names_of(answer),
        view=job_view(answer, timeline, user=desk.client.account().user),
        is_over=is_over(answer),
        moved_on=moved_on(answer),
        is_ours=is_ours,
        is_altered=altered is not None,
        is_opened=result_path(desk.client, job).exists(),
        was_signed=desk.client.read_job(job, "request.json") is not None,
        programs=own_programs(desk.client),
    )


def _ours(desk: Desk, answer: dict[str, Any]) -> tuple[MarketError | None, bool]:
    """Whether this client submitted the job; and if the platform tells another story of it."""
    try:
        return None, read_submission(desk.client, answer)[1]
    except MarketError as error:
        return error, False
