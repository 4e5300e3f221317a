"""Submitting in the portal: the form of the reader's organisation, and the run that it starts.

A program that lies nowhere but on the reader's machine comes as the file of a git bundle, in the
same form; their client sends one by itself (`market submit`, `market ui`).
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from market.entities.people import User
from market.errors import MarketError, NotFound, NotPermitted, Refused
from market.policy.submission.submission import Submission
from market.portal.access import Now, PlatformHere, Reader
from market.portal.pages.file_form import CheckedFileForm
from market.portal.pages.page import go, page
from market.portal.problems import status_of
from market.portal.run_starter import RunStarter
from market.services.platform import Platform
from market.services.submit.offer_questions import offered
from market.services.submit.send_program import most_program_bytes, send_with_form
from market.services.submit.submit_once import new_key, submit_once

router = APIRouter(include_in_schema=False)

_LONGEST = 2_000
_FIELDS = ("repository", "commit", "dataset", "epsilon", "recipient", "verified")


@router.get("/jobs/new")
def show_form(
    request: Request,
    platform: PlatformHere,
    user: Reader,
    dataset: Annotated[str, Query(max_length=_LONGEST)] = "",
    repository: Annotated[str, Query(max_length=_LONGEST)] = "",
    commit: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """The form; an address may fill in what is asked and the program."""
    return _form(request, platform, user, Submission(repository, commit, dataset, ""))


@router.post("/jobs/new", response_model=None)
def submit(
    request: Request, platform: PlatformHere, user: Reader, now: Now, form: CheckedFileForm
) -> Response:
    """Submit the program of a commit; what is refused stays in the form, with what to do. A bundle
    that was taken is named there, and need not be chosen again. The same form, sent again from the
    page before or by a second click, leads to the same job."""
    asked = Submission(*(form.first(name, maximum_characters=_LONGEST) for name in _FIELDS))
    token = form.first("token", maximum_characters=_LONGEST).strip()
    key = form.first("key", maximum_characters=_LONGEST)
    try:
        if form.file is not None:
            asked = send_with_form(platform, user, asked, form.file, now=now)
        taken = submit_once(platform, user, asked, key=key, now=now, token=token)
    except (Refused, NotFound, NotPermitted) as error:
        return _form(request, platform, user, asked, error=error)
    job = taken.job
    if taken.is_repeated:
        return go(f"/jobs/{job.job}", done="sent-before")
    starter: RunStarter = request.app.state.starter
    starter.start(job, user.user, now=now)
    return go(f"/jobs/{job.job}", done="sent-off")


def _form(
    request: Request,
    platform: Platform,
    user: User,
    asked: Submission,
    *,
    error: MarketError | None = None,
) -> Response:
    return page(
        request,
        "submit.html",
        user=user,
        status=status_of(error) if error else HTTPStatus.OK,
        error=error,
        asked=asked,
        key=new_key(platform),
        most_bytes=most_program_bytes(platform),
        choices=offered(platform, user),
    )
