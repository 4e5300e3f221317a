"""The next version of a listed table: another file, or the same with rows appended."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from market.desk.desk import Desk
from market.desk.folders import Folder, folder_at
from market.desk.pages import DeskHere, Form, field, go, page
from market.errors import MarketError
from market.owner.drafting.declarations import begun_declarations, keep_declaration, read_begun
from market.owner.drafting.next_declaration import next_declaration, shown_by_appending
from market.owner.word.grants import newest_holding
from market.policy.drafts.draft_gaps import gaps_of

router = APIRouter()


@router.get("/tables/next/{dataset}")
def show_next(
    request: Request, desk: DeskHere, dataset: str, folder: str = "", table: str = ""
) -> HTMLResponse:
    """Choose the file of the next version."""
    return _next_page(request, desk, dataset, folder=folder, table=table)


@router.post("/tables/next/{dataset}", response_model=None)
def begin_next(
    request: Request, desk: DeskHere, dataset: str, form: Form
) -> HTMLResponse | RedirectResponse:
    """Take what the listing says as the declaration of a file; where nothing is to be said of it,
    go on to publish."""
    table, room = field(form, "table"), field(form, "capacity_rows")
    try:
        with desk.agent() as (home, _):
            found = next_declaration(home, dataset, Path(table).expanduser(), capacity_rows=room)
            keep_declaration(home, found.begun)
    except MarketError as error:
        return _next_page(request, desk, dataset, table=table, room=room, error=error)
    if found.is_as_before and not gaps_of(found.begun.declared):
        return go(request, f"/tables/publish/{dataset}")
    return go(request, f"/tables/declare/{dataset}", done="columns-found")


def _next_page(
    request: Request,
    desk: Desk,
    dataset: str,
    *,
    folder: str = "",
    table: str = "",
    room: str = "",
    error: MarketError | None = None,
) -> HTMLResponse:
    with desk.agent() as (home, _):
        listing = newest_holding(home, dataset).newest
        shown = shown_by_appending(home, dataset)
        is_begun = dataset in begun_declarations(home)
        kept = read_begun(home, dataset).table if is_begun else ""
    table = table or kept
    here: Folder | None = None
    try:
        here = folder_at(folder or (str(Path(table).parent) if table else ""))
    except MarketError as failed:
        # The folder of the file before may be gone: another is chosen.
        error = error or (failed if folder else None)
    return page(
        request,
        "next_version.html",
        status=422 if error else 200,
        error=error,
        listing=listing,
        shown=shown,
        is_begun=is_begun,
        folder=here,
        table=table,
        room=room or str(listing.schema.capacity_rows),
    )
