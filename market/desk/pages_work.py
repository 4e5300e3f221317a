"""Long work as a page: its steps, its question, its end (market.desk.undertakings)."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from market.desk.pages import FORM_CHECKED, DeskHere, Form, field, go, page

router = APIRouter()


@router.get("/undertakings/{number}", response_model=None)
def show_work(request: Request, desk: DeskHere, number: str) -> HTMLResponse | RedirectResponse:
    """One piece of work; the page follows it until it has ended, and is passed over after that."""
    work = desk.undertakings.find(number)
    if work.state == "done":
        return go(request, work.path)
    return page(request, "work.html", work=work)


@router.get("/undertakings/{number}/now")
def show_work_now(request: Request, desk: DeskHere, number: str) -> HTMLResponse:
    """The part of the page that changes."""
    return page(request, "work_now.html", work=desk.undertakings.find(number))


@router.post("/undertakings/{number}/answer")
def answer_work(request: Request, desk: DeskHere, number: str, form: Form) -> RedirectResponse:
    """Answer what the work asks."""
    desk.undertakings.find(number).answer(field(form, "answer") == "yes")
    return go(request, f"/undertakings/{number}")


@router.post("/undertakings/{number}/stop", dependencies=[FORM_CHECKED])
def stop_work(request: Request, desk: DeskHere, number: str) -> RedirectResponse:
    """Have the work end at its next step."""
    desk.undertakings.find(number).stop()
    return go(request, f"/undertakings/{number}", done="stopped")
