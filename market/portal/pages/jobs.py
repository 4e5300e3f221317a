"""Jobs: the list, one job with its whole story, and cancelling."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from market.airflow.addresses import run_page
from market.entities.job import Job
from market.entities.job_states import UNAPPROVED
from market.entities.jobs_wanted import JobsWanted
from market.entities.people import User
from market.errors import NotFound, Refused
from market.policy.finding.job_filter import JobFilter, read_job_filter, state_choices
from market.portal.access import CSRF_CHECKED, Now, PlatformHere, Reader
from market.portal.pages.page import go, page
from market.portal.problems import status_of
from market.portal.views import job as view_job
from market.portal.views import quote as view_quote
from market.portal.views.session import session_of
from market.services.authorize import speaks_for, visible_job
from market.services.jobs.end_job import cancel_job
from market.services.jobs.find_askers import askers_called
from market.services.jobs.list_jobs import jobs_asked, jobs_on_own_data
from market.services.jobs.read_job import read_job
from market.services.people.read_organisation import read_organisation
from market.services.release.deliver_result import is_released

router = APIRouter(include_in_schema=False)


class JobQuery(BaseModel):
    """What stands in the address of the list."""

    state: str = Field("", max_length=40)
    dataset: str = Field("", max_length=100)
    who: str = Field("", max_length=100)
    since: str = Field("", max_length=40)
    until: str = Field("", max_length=40)
    words: str = Field("", max_length=200)
    after: str = Field("", max_length=100)
    after_on_own_data: str = Field("", max_length=100)
    done: str = Field("", max_length=40)

    @property
    def written(self) -> JobFilter:
        """The filter among it."""
        return JobFilter(self.state, self.dataset, self.who, self.since, self.until, self.words)


@router.get("/jobs")
def jobs(
    request: Request,
    platform: PlatformHere,
    user: Reader,
    asked_for: Annotated[JobQuery, Query()],
) -> Response:
    """Jobs of the reader's organisation, and jobs on data they own: filtered, each by the page."""
    written, error = asked_for.written, None
    try:
        wanted = read_job_filter(written, askers_called(platform, written.who))
    except Refused as refused:
        wanted, error = JobsWanted(askers=frozenset()), refused
    return page(
        request,
        "jobs.html",
        user=user,
        status=HTTPStatus.OK if error is None else status_of(error),
        asked=jobs_asked(platform, user, after=asked_for.after, wanted=wanted),
        on_own_data=jobs_on_own_data(
            platform, user, after=asked_for.after_on_own_data, wanted=wanted
        ),
        written=written,
        query=urlencode(written.query()),
        states=state_choices(),
        organisation=read_organisation(platform, user),
        error=error,
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
        quote=view_quote.quote_of(kept),
        answer=view_job.answer_of(found),
        opened=view_job.words_of(kept),
        airflow_path=run_page(found.run),
        agents=view_job.agents_of(read),
        owners={dataset.dataset: dataset.owner for dataset in datasets},
        names=read.names,
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


def _may_cancel(job: Job, user: User) -> bool:
    return speaks_for(user, job) and job.state in UNAPPROVED
