"""Jobs: the list, one job with its whole story, cancelling; and the inbox."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from market.airflow.addresses import run_page
from market.entities.job import Job
from market.entities.job_states import UNAPPROVED
from market.entities.people import User
from market.errors import NotFound
from market.portal import view_job
from market.portal.access import CSRF_CHECKED, Now, PlatformHere, Reader
from market.portal.pages import go, page
from market.portal.view_session import session_of
from market.services.authorize import speaks_for, visible_job
from market.services.deliver_result import is_released
from market.services.end_job import cancel_job
from market.services.list_jobs import jobs_asked, jobs_on_own_data
from market.services.read_inbox import read_inbox
from market.services.read_job import read_job

router = APIRouter(include_in_schema=False)


@router.get("/jobs")
def jobs(
    request: Request,
    platform: PlatformHere,
    user: Reader,
    after: Annotated[str, Query(max_length=100)] = "",
    after_on_own_data: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """Jobs of the reader's organisation, and jobs on data they own, each by the page."""
    return page(
        request,
        "jobs.html",
        user=user,
        asked=jobs_asked(platform, user, after=after),
        on_own_data=jobs_on_own_data(platform, user, after=after_on_own_data),
    )


@router.get("/jobs/{job}")
def one(request: Request, job: str, platform: PlatformHere, user: Reader, now: Now) -> Response:
    """One job: where it stands, what it opens, its price, timeline and receipts."""
    read = read_job(platform, user, job)
    found, datasets, kept = read.job, read.datasets, read.documents
    wait = view_job.wait(read)
    return page(
        request,
        "job.html",
        user=user,
        job=found,
        datasets=datasets,
        state=found.facts[found.state],
        steps=view_job.timeline(found, read.timeline, wait),
        wait=wait,
        ending=view_job.ending(found),
        opened_by=view_job.opened_by(found),
        session=session_of(read),
        quote=view_job.quote_of(kept),
        opened=view_job.words_of(kept),
        airflow_path=run_page(found.run),
        agents=view_job.agents_of(read),
        owners={dataset.dataset: dataset.owner for dataset in datasets},
        has_result=is_released(found),
        is_buyer=found.buyer == user.user,
        is_owner=any(part.is_of(user) for part in read.parts),
        may_cancel=_may_cancel(found, user),
        seconds_left=found.deadline - now,
    )


@router.get("/jobs/{job}/cancel")
def confirm_cancel(request: Request, job: str, platform: PlatformHere, user: Reader) -> Response:
    """Ask again before a job is taken back (raises NotFound where it cannot be)."""
    found = visible_job(platform, user, job)
    if not _may_cancel(found, user):
        raise NotFound(
            "nothing-to-cancel",
            f"Job {job} is {found.state}; you cannot take it back.",
            "Look at the job's page for what comes next.",
        )
    return page(request, "confirm_cancel.html", user=user, job=found)


@router.post("/jobs/{job}/cancel", dependencies=[CSRF_CHECKED])
def cancel(job: str, platform: PlatformHere, user: Reader, now: Now) -> Response:
    """Take the job back."""
    cancel_job(platform, user, job, now=now)
    return go(f"/jobs/{job}", done="cancelled")


@router.get("/inbox")
def inbox(request: Request, platform: PlatformHere, user: Reader, now: Now) -> Response:
    """What waits for the reader's hand, each with the command that does it."""
    return page(request, "inbox.html", user=user, items=read_inbox(platform, user, now=now))


def _may_cancel(job: Job, user: User) -> bool:
    return speaks_for(user, job) and job.state in UNAPPROVED
