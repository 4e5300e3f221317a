"""What a program costs and how exact it is at any epsilon; and handing it in."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from market.client.questions.own_programs import OwnProgram, own_program
from market.client.questions.price_program import (
    epsilons_to_try,
    largest_epsilon,
    priced_alike,
    priced_at,
    priced_curve,
)
from market.client.questions.rebuild_plan import build_directory
from market.client.questions.repository import Checkout, checkout_at, describe_checkout
from market.client.questions.submit_program import bundle_of, submit
from market.client.verify.asked_source import AskedSource, fetch_source
from market.desk.buyer.programs import require_asked
from market.desk.buyer.view_dataset import left_units
from market.desk.buyer.view_quote import quoted_answers
from market.desk.buyers_work import PricedProgram
from market.desk.desk import Desk
from market.desk.pages import DeskHere, Form, field, go, page
from market.desk.undertakings import Undertaking
from market.entities.job_states import BAD_ENDS
from market.errors import MarketError, Refused
from market.plan.human import describe
from market.plan.lowered import lower
from market.policy.budget.epsilon import read_epsilon, usual_epsilon
from market.policy.consortia.verification import needs_verification
from market.policy.submission.repository_token import read_token
from market.policy.submission.submission import Submission
from market.pricing.error_words import supposed_text
from market.pricing.guarantee import guarantee_of

router = APIRouter()

_Epsilon = Annotated[str, Query(max_length=40)]


@router.post("/programs/{number}/price")
def begin_pricing(request: Request, desk: DeskHere, number: str, form: Form) -> RedirectResponse:
    """Run the program, and price its plan at several epsilons."""
    program = own_program(desk.client, number)
    require_asked(program)
    work = partial(_price, desk, program, is_sandboxed=not field(form, "unsandboxed"))
    begun = desk.undertakings.begin(f"Price {program.path.name}", work, back=f"/programs/{number}")
    return go(request, f"/undertakings/{begun.number}")


def _price(desk: Desk, program: OwnProgram, here: Undertaking, *, is_sandboxed: bool) -> str:
    steps = ("Run the program", "Compare with the portal’s price", "Price it at other epsilons")
    here.progress(steps[0], 0, 1)
    portal, checkout = desk.portal(), checkout_at(program.path)
    source = fetch_source(desk.client, portal, program.dataset)
    text = program.text
    built = build_directory(program.path, source.program_input, is_sandboxed=is_sandboxed)
    here.progress(steps[0], 1, 1)
    here.progress(steps[1], 0, 1)
    lowered = lower(built.plan, source.schema)
    largest = largest_epsilon(source, lowered, _left_units(desk, source))
    usual = usual_epsilon(source.policy, guarantee_of(built.plan.law, source.lattice))
    usual = min(usual, largest or usual, key=float)
    priced_alike(portal, source, lowered, program.dataset, usual)
    here.progress(steps[1], 1, 1)
    here.progress(steps[2], 0, 1)
    curve = priced_curve(source, lowered, epsilons_to_try(largest or usual))
    here.progress(steps[2], 1, 1)
    commit, origin = (checkout.commit, checkout.origin) if checkout else ("", "")
    desk.buyers.priced[program.number] = PricedProgram(
        program=program,
        source=source,
        lowered=lowered,
        text=text,
        commit=commit,
        origin=origin if origin.startswith("https://") else "",
        largest=largest or usual,
        usual=usual,
        curve=curve,
    )
    return f"/programs/{program.number}/quote"


def _left_units(desk: Desk, source: AskedSource) -> int | None:
    """What the person may still ask of the dataset that leaves them least; None where they may ask
    nothing yet, or where a consortium's members each keep their own books."""
    if source.agreement is not None:
        return None
    balances = [desk.portal().get(f"datasets/{one.dataset}")["balance"] for one in source.named]
    if any(one["whose"] == "nobody" for one in balances):
        return None
    return min(map(left_units, balances))


@router.get("/programs/{number}/quote", response_model=None)
def show_quote(
    request: Request, desk: DeskHere, number: str, epsilon: _Epsilon = ""
) -> HTMLResponse | RedirectResponse:
    """The quote at an epsilon, with a slider."""
    return _shown(request, desk, number, epsilon, "quote.html")


@router.get("/programs/{number}/quote/at", response_model=None)
def show_quote_at(
    request: Request, desk: DeskHere, number: str, epsilon: _Epsilon = ""
) -> HTMLResponse | RedirectResponse:
    """The part of the page that another epsilon changes."""
    return _shown(request, desk, number, epsilon, "quote_at.html")


def _shown(
    request: Request, desk: Desk, number: str, epsilon: str, template: str
) -> HTMLResponse | RedirectResponse:
    priced = desk.buyers.priced.get(number)
    if priced is None:
        return go(request, f"/programs/{number}")
    return page(request, template, **_quote_context(priced, epsilon or priced.usual))


def _quote_context(priced: PricedProgram, epsilon: str) -> dict[str, Any]:
    known: dict[str, Any] = {
        "priced": priced,
        "program": priced.program,
        "words": describe(priced.lowered),
        "epsilon": epsilon,
        "repository": "",
        "error": None,
        "quote": None,
    }
    source, lowered = priced.source, priced.lowered
    try:
        point = priced_at(source, lowered, read_epsilon(epsilon))
    except MarketError as error:
        return known | {"error": error}
    agreement = source.agreement
    return known | {
        "epsilon": point.epsilon,
        "quote": point.quote,
        "answers": quoted_answers(point.quote, priced.curve, point),
        "supposed": supposed_text(point.quote),
        "price_cents": source.policy.price_cents,
        "is_consortium": agreement is not None,
        "needs_verified": agreement is not None
        and needs_verification(agreement.proposal.composition, lowered),
        "is_changed": priced.text != priced.program.text,
    }


@router.post("/programs/{number}/submit", response_model=None)
def submit_program(
    request: Request, desk: DeskHere, number: str, form: Form
) -> HTMLResponse | RedirectResponse:
    """Hand in the commit that was priced, at this epsilon."""
    priced = desk.buyers.priced.get(number)
    if priced is None:
        return go(request, f"/programs/{number}")
    epsilon, repository = field(form, "epsilon"), field(form, "repository")
    try:
        with desk.buyers.submitting:
            job = _submitted(desk, priced, form)
    except MarketError as error:
        context = _quote_context(priced, epsilon or priced.usual)
        typed = {"error": error, "repository": repository}
        return page(request, "quote.html", status=422, **context | typed)
    return go(request, f"/jobs/{job}", done="submitted")


def _submitted(desk: Desk, priced: PricedProgram, form: dict[str, list[str]]) -> str:
    """The job of a form: the commit is sent; or named, where a repository is, with its token. The
    same form again, by a second click or from the page before, is the same job while that lives."""
    checkout, token = _checkout_of(priced), field(form, "token")
    submission = Submission(
        repository=field(form, "repository"),
        commit=checkout.commit,
        dataset=priced.program.dataset,
        epsilon=field(form, "epsilon"),
        verified="yes" if field(form, "verified") else "",
    )
    before = priced.jobs.get(submission)
    if before and desk.portal().get(f"jobs/{before}")["state"] not in BAD_ENDS:
        return before
    commit = bundle_of(checkout.top, checkout.commit)
    answer = submit(
        desk.portal(),
        desk.client,
        submission,
        bundle=None if submission.repository else commit,
        copy=commit,
        token=read_token(token) if token else None,
    )
    priced.jobs[submission] = job = str(answer["job"])
    return job


def _checkout_of(priced: PricedProgram) -> Checkout:
    """The checkout of what was priced.

    Raises:
        Refused: `checkout-changed`: it is not what stands in the checkout's commit.
    """
    checkout = describe_checkout(priced.program.path)
    if checkout.is_changed or checkout.commit != priced.commit:
        raise Refused(
            "checkout-changed",
            f"{checkout.top} holds changes since it was priced, or files that are not committed.",
            "Save the program, and price it again: what is submitted is a commit.",
        )
    return checkout
