"""A buyer's programs: a folder of this machine, its text, what it asks; and its rehearsal."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from market.client.questions.first_program import first_program
from market.client.questions.own_programs import (
    PROGRAM_FILE,
    OwnProgram,
    digest_of,
    keep_own_program,
    open_program,
    own_program,
    own_programs,
    write_program,
)
from market.client.questions.rehearse import rehearse
from market.client.questions.repository import checkout_at, commit_file, new_repository
from market.client.results.opened_answers import answer_json
from market.client.verify.asked_source import fetch_source
from market.desk.buyer.pictures import drawn, pictures_of
from market.desk.buyers_work import Rehearsed
from market.desk.desk import Desk
from market.desk.pages import DeskHere, Form, field, go, page
from market.desk.undertakings import Undertaking
from market.errors import MarketError, Refused
from market.pages.answer_rows import answer_tables
from market.plan.human import describe
from market.plan.lowered import lower
from market.policy.submission.asked_ids import dataset_ids_text, read_dataset_ids

router = APIRouter()

_Typed = Annotated[str, Query(max_length=1_000)]


@router.get("/programs")
def show_programs(request: Request, desk: DeskHere, dataset: _Typed = "") -> HTMLResponse:
    """The programs worked on last, and two ways to another."""
    return _programs_page(request, desk, dataset=dataset)


@router.post("/programs/open", response_model=None)
def open_folder(request: Request, desk: DeskHere, form: Form) -> HTMLResponse | RedirectResponse:
    """Take up the program of a folder, and say what it asks."""
    typed, dataset = field(form, "folder"), field(form, "dataset")
    try:
        program = open_program(typed, _asked(dataset))
    except MarketError as error:
        return _programs_page(request, desk, dataset=dataset, folder=typed, error=error)
    keep_own_program(desk.client, program)
    return go(request, f"/programs/{program.number}")


@router.post("/programs/new", response_model=None)
def start_program(request: Request, desk: DeskHere, form: Form) -> HTMLResponse | RedirectResponse:
    """Write a first program for a dataset's own columns, in a new folder."""
    typed, dataset = field(form, "new"), field(form, "dataset")
    try:
        asked = _asked(dataset)
        if not typed or not asked:
            raise Refused(
                "no-program",
                "A folder for the new program and a dataset are needed.",
                "Give both: the folder is made here, the dataset is found on the page Find.",
            )
        source = fetch_source(desk.client, desk.portal(), asked)
        text = first_program(asked, source.schema, source.policy, source.lattice)
        folder = OwnProgram(typed, asked).path.expanduser()
        new_repository(folder, text)
        program = open_program(str(folder), asked)
    except MarketError as error:
        return _programs_page(request, desk, dataset=dataset, new=typed, error=error)
    keep_own_program(desk.client, program)
    return go(request, f"/programs/{program.number}", done="program-made")


def _asked(typed: str) -> str:
    """Datasets in normal form; empty for none (raises Refused)."""
    return dataset_ids_text(read_dataset_ids(typed)) if typed else ""


@router.get("/programs/{number}")
def show_program(request: Request, desk: DeskHere, number: str) -> HTMLResponse:
    """One program: its text, to be changed here or elsewhere, and what may be done with it."""
    return _program_page(request, desk, own_program(desk.client, number))


@router.post("/programs/{number}/save", response_model=None)
def save_program(
    request: Request, desk: DeskHere, number: str, form: Form
) -> HTMLResponse | RedirectResponse:
    """Write the program's text, and commit it where its folder is a checkout."""
    program = own_program(desk.client, number)
    # Browsers send lines of a text field as CR LF (HTML, 4.10.21.4).
    text = (form.get("text") or [""])[0].replace("\r\n", "\n")
    try:
        write_program(program, text, seen=field(form, "seen"))
        if checkout_at(program.path) is not None:
            commit_file(program.path, PROGRAM_FILE, "Change what is asked")
    except MarketError as error:
        return _program_page(request, desk, program, error=error, text=text)
    desk.buyers.rehearsed.pop(number, None)
    desk.buyers.priced.pop(number, None)
    return go(request, f"/programs/{number}", done="program-saved")


@router.post("/programs/{number}/rehearse", response_model=None)
def begin_rehearsal(
    request: Request, desk: DeskHere, number: str, form: Form
) -> HTMLResponse | RedirectResponse:
    """Run the program, and answer it on the twin."""
    program = own_program(desk.client, number)
    try:
        require_asked(program)
    except MarketError as error:
        return _program_page(request, desk, program, error=error)
    work = partial(_rehearse, desk, program, is_sandboxed=not field(form, "unsandboxed"))
    begun = desk.undertakings.begin(
        f"Rehearse {program.path.name} on made-up rows", work, back=f"/programs/{number}"
    )
    return go(request, f"/undertakings/{begun.number}")


def _rehearse(desk: Desk, program: OwnProgram, here: Undertaking, *, is_sandboxed: bool) -> str:
    here.progress("Look at what it asks", 0, 1)
    source = fetch_source(desk.client, desk.portal(), program.dataset)
    here.progress("Look at what it asks", 1, 1)
    here.progress("Run the program, and answer it on made-up rows", 0, 1)
    found = rehearse(source, program.path, is_sandboxed=is_sandboxed)
    here.progress("Run the program, and answer it on made-up rows", 1, 1)
    desk.buyers.rehearsed[program.number] = Rehearsed(program, source, found)
    return f"/programs/{program.number}/rehearsal"


@router.get("/programs/{number}/rehearsal", response_model=None)
def show_rehearsal(
    request: Request, desk: DeskHere, number: str
) -> HTMLResponse | RedirectResponse:
    """The answers of a rehearsal: made up, all of them."""
    done = desk.buyers.rehearsed.get(number)
    if done is None:
        return go(request, f"/programs/{number}")
    found = [answer_json(answer) for answer in done.rehearsal.answers]
    return page(
        request,
        "rehearsal.html",
        program=done.program,
        rehearsal=done.rehearsal,
        tables=answer_tables(found),
        pictures=pictures_of(
            done.rehearsal.answers, f"{request.app.state.base}/programs/{number}/rehearsal"
        ),
        words=describe(lower(done.rehearsal.plan, done.source.schema)),
    )


@router.get("/programs/{number}/rehearsal/{file}")
def show_chart(desk: DeskHere, number: str, file: str) -> Response:
    """A chart of the rehearsal."""
    done = desk.buyers.rehearsed.get(number)
    return drawn(done.rehearsal.answers if done else (), file, "made-up")


def require_asked(program: OwnProgram) -> None:
    """That it is known what a program asks (raises Refused: `dataset-missing`)."""
    if not program.dataset:
        raise Refused(
            "dataset-missing", "No dataset was given.", "Say which dataset the program asks."
        )


def _programs_page(
    request: Request, desk: Desk, *, error: MarketError | None = None, **typed: str
) -> HTMLResponse:
    return page(
        request,
        "programs.html",
        status=422 if error else 200,
        error=error,
        programs=own_programs(desk.client),
        **{"dataset": "", "folder": "", "new": "", **typed},
    )


def _program_page(
    request: Request,
    desk: Desk,
    program: OwnProgram,
    *,
    error: MarketError | None = None,
    text: str | None = None,
) -> HTMLResponse:
    written = program.text
    return page(
        request,
        "program.html",
        status=422 if error else 200,
        error=error,
        program=program,
        text=written if text is None else text,
        seen=digest_of(written),
        checkout=checkout_at(program.path),
        rehearsed=program.number in desk.buyers.rehearsed,
        priced=program.number in desk.buyers.priced,
    )
