"""Declare a table: choose its file, say what its columns mean, see what buyers will see."""

from __future__ import annotations

import re
import unicodedata
from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from market.desk.folders import Folder, folder_at
from market.desk.owner.declaration_form import lacks_of, typed_declaration
from market.desk.owner.owners_work import begin_check
from market.desk.owner.several_form import STEPS, Step
from market.desk.owner.view_declaration import preview_of
from market.desk.pages import FORM_CHECKED, DeskHere, Form, field, go, page
from market.errors import Conflict, MarketError, NotFound
from market.owner.drafting.declarations import (
    BegunDeclaration,
    begin_declaration,
    begin_from_draft,
    drop_declaration,
    keep_declaration,
    read_begun,
)
from market.owner.publish.room import room_for
from market.pages.declaration_choices import LICENCES, NULL_WORDS, QUESTIONS
from market.policy.drafts.draft_gaps import gaps_of
from market.policy.listing.policy_templates import TEMPLATES

router = APIRouter()

_MARKS = re.compile(r"[\u0300-\u036f]")
_NOT_IN_AN_ID = re.compile(r"[^a-z0-9]+")
_MOST_OFFERED = 60
_LONGEST_NUMBER = 9


@router.get("/tables/new", response_model=None)
def show_new(
    request: Request, desk: DeskHere, folder: str = "", table: str = ""
) -> HTMLResponse | RedirectResponse:
    """Choose a file, and the id it is listed under."""
    if not desk.has_agent:
        return go(request, "/agent")
    return _new_page(request, folder=folder, table=table)


@router.post("/tables/new", response_model=None)
def begin(request: Request, desk: DeskHere, form: Form) -> HTMLResponse | RedirectResponse:
    """Find the columns by the header; no value is read."""
    table, dataset = Path(field(form, "table")).expanduser(), field(form, "dataset")
    draft = field(form, "draft")
    try:
        with desk.agent() as (home, _):
            if draft:
                begun = begin_from_draft(desk.portal(), home, _number(draft), table)
            else:
                begun = begin_declaration(home, dataset, table)
    except MarketError as error:
        return _new_page(request, table=str(table), dataset=dataset, draft=draft, error=error)
    return go(request, f"/tables/declare/{begun.dataset}", done="columns-found")


def _number(typed: str) -> int:
    if not (typed.isascii() and typed.isdigit() and len(typed) <= _LONGEST_NUMBER):
        raise NotFound("no-draft", f"There is no draft {typed[:20]!r}.", "Look at your drafts.")
    return int(typed)


@router.get("/tables/declare/{dataset}")
def show_declaration(request: Request, desk: DeskHere, dataset: str) -> HTMLResponse:
    """The form, one line for each column, and the preview."""
    with desk.agent() as (home, _):
        begun = read_begun(home, dataset)
    return _declare_page(request, begun)


@router.post("/tables/declare/{dataset}", response_model=None)
def save(
    request: Request, desk: DeskHere, dataset: str, form: Form
) -> HTMLResponse | RedirectResponse:
    """Keep what was typed, half-filled or whole."""
    with desk.agent() as (home, _):
        kept = read_begun(home, dataset)
        begun = typed_declaration(kept, form)
        if field(form, "saved") not in ("", kept.digest()):
            return _declare_page(request, begun, saved=kept.digest(), error=_saved_elsewhere())
        keep_declaration(home, begun)
    deed = field(form, "deed")
    if deed in STEPS:
        step = STEPS[deed](begun, form)
        return _declare_page(request, step.begun, saved=begun.digest(), step=step)
    if deed == "check" and not gaps_of(begun.declared):
        return go(request, f"/undertakings/{begin_check(desk, dataset).number}")
    if deed == "publish":
        return go(request, f"/tables/publish/{dataset}")
    place = "#policy" if deed.startswith("template-") else ""
    return go(request, f"/tables/declare/{dataset}?done=saved{place}")


@router.post("/tables/declare/{dataset}/preview")
def show_preview(request: Request, desk: DeskHere, dataset: str, form: Form) -> HTMLResponse:
    """The preview of what is typed and not saved yet."""
    with desk.agent() as (home, _):
        begun = typed_declaration(read_begun(home, dataset), form)
    return page(request, "preview.html", **previewed(begun))


@router.post("/tables/declare/{dataset}/drop", dependencies=[FORM_CHECKED])
def drop(request: Request, desk: DeskHere, dataset: str) -> RedirectResponse:
    """Forget a declaration; the table stays where it is."""
    with desk.agent() as (home, _):
        drop_declaration(home, dataset)
    return go(request, "/tables", done="declaration-dropped")


def _new_page(
    request: Request,
    *,
    folder: str = "",
    table: str = "",
    dataset: str = "",
    draft: str = "",
    error: MarketError | None = None,
) -> HTMLResponse:
    shown: Folder | None = None
    try:
        shown = folder_at(folder or (str(Path(table).parent) if table else ""))
    except MarketError as failed:
        error = error or failed
    return page(
        request,
        "table_new.html",
        status=422 if error else 200,
        error=error,
        folder=shown,
        table=table,
        dataset=dataset or _offered_id(table),
        draft=draft,
    )


def _offered_id(table: str) -> str:
    """An id that the file's name suggests; empty where it suggests none."""
    plain = _MARKS.sub("", unicodedata.normalize("NFKD", Path(table).stem.casefold()))
    words = _NOT_IN_AN_ID.sub("-", plain).strip("-")
    return words.lstrip("0123456789-")[:_MOST_OFFERED].strip("-") if table else ""


def _saved_elsewhere() -> Conflict:
    return Conflict(
        "declaration-changed",
        "Another page has saved this declaration since this one was loaded.",
        "What you typed stands here and is not saved. Save it to replace the other, or load the "
        "page anew to have the other.",
    )


def _declare_page(
    request: Request,
    begun: BegunDeclaration,
    *,
    saved: str = "",
    step: Step | None = None,
    error: MarketError | None = None,
) -> HTMLResponse:
    return page(
        request,
        "declare.html",
        status=HTTPStatus.CONFLICT if error else HTTPStatus.OK,
        error=error,
        step=step,
        saved=saved or begun.digest(),
        begun=begun,
        content=begun.content,
        templates=TEMPLATES,
        kinds=QUESTIONS,
        licences=LICENCES,
        null_words=NULL_WORDS,
        is_begun=any(line.column.meaning for line in begun.lines) or bool(begun.content.title),
        **previewed(begun),
    )


def previewed(begun: BegunDeclaration) -> dict[str, Any]:
    """What preview.html shows of a declaration."""
    gaps = gaps_of(begun.declared)
    preview = preview_of(begun.declared, gaps)
    declared = preview.declaration
    return {
        "about": begun.content,
        "lacks": lacks_of(begun, gaps),
        "preview": preview,
        "room": room_for(declared.schema, preview.encrypted_for) if declared else None,
    }
