"""Signing: the plan built again on this machine, read in words, and signed or left."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from market.adapters.repository import FetchLimits
from market.client.questions.confirm_program import (
    PersonSays,
    person_says,
    read_submission,
    require_confirmed,
)
from market.client.questions.own_programs import own_program
from market.client.questions.repository import checkout_at
from market.client.questions.sign_request import review, send, sign
from market.desk.buyer.jobs import job_page
from market.desk.buyer.view_dataset import left_of
from market.desk.desk import Desk
from market.desk.pages import FORM_CHECKED, DeskHere, Form, field, go, page
from market.desk.undertakings import Undertaking
from market.errors import MarketError
from market.pricing.loss import shown_epsilon

router = APIRouter()


@router.post("/jobs/{job}/review", response_model=None)
def begin_review(
    request: Request, desk: DeskHere, job: str, form: Form
) -> HTMLResponse | RedirectResponse:
    """Build the job's plan again; of a job that came from elsewhere once its program was named."""
    desk.keyring.identity()
    typed = {name: field(form, name) for name in ("repository", "commit")}
    try:
        said = _said(desk, job, typed, field(form, "program"))
        folder = field(form, "program") if field(form, "unsandboxed") else ""
    except MarketError as error:
        return job_page(request, desk, job, error=error, typed=typed)
    work = partial(_review, desk, job, said, folder)
    begun = desk.undertakings.begin(f"Build the plan of {job} again", work, back=f"/jobs/{job}")
    return go(request, f"/undertakings/{begun.number}")


def _said(desk: Desk, job: str, typed: dict[str, str], program: str) -> PersonSays:
    """The program in the person's words, where this client did not submit the job itself."""
    told, is_ours = read_submission(desk.client, desk.portal().get(f"jobs/{job}"))
    checkout = checkout_at(own_program(desk.client, program).path) if program else None
    said = person_says(told, **typed, checkout=checkout)
    if not is_ours:
        require_confirmed(job, told, said)
    return said


def _review(desk: Desk, job: str, said: PersonSays, folder: str, here: Undertaking) -> str:
    step = "Fetch the commit, build its plan, compare"
    here.progress(step, 0, 1)
    desk.buyers.to_sign[job] = review(
        desk.client,
        desk.portal().get(f"jobs/{job}"),
        FetchLimits(allow_file=True),
        signer=desk.keyring.identity().public,
        said=said,
        own_checkout=own_program(desk.client, folder).path if folder else None,
    )
    here.progress(step, 1, 1)
    return f"/jobs/{job}/sign"


@router.get("/jobs/{job}/sign", response_model=None)
def show_sign(request: Request, desk: DeskHere, job: str) -> HTMLResponse | RedirectResponse:
    """What exactly will be opened, and for what price."""
    question = desk.buyers.to_sign.get(job)
    if question is None:
        return go(request, f"/jobs/{job}")
    source = question.source
    lefts = []
    if source.agreement is None:
        answers = [desk.portal().get(f"datasets/{one.dataset}") for one in source.named]
        lefts = [(one["dataset"], left_of(one["balance"], source.policy)) for one in answers]
    return page(
        request,
        "sign.html",
        question=question,
        source=source,
        costs=shown_epsilon(question.quote.epsilon),
        lefts=lefts,
    )


@router.post("/jobs/{job}/sign", dependencies=[FORM_CHECKED])
def sign_job(request: Request, desk: DeskHere, job: str) -> RedirectResponse:
    """Sign what was read, and hand it in."""
    question = desk.buyers.to_sign.get(job)
    if question is None:
        return go(request, f"/jobs/{job}")
    text = sign(desk.client, desk.keyring, question, now=desk.clock())
    send(desk.portal(), job, text)
    desk.buyers.to_sign.pop(job, None)
    return go(request, f"/jobs/{job}", done="signed")
