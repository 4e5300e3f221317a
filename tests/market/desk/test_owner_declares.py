"""From a file to a listed dataset at the desk: declare, check, encrypt, publish."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from world.desk_browser import DeskBrowser
from world.live_market import LiveMarket, live_market
from world.owners_file import ABOUT, LINES, TAKEN, written
from world.signed_in_desk import SCOPES, signed_in_home
from world.waiting import eventually

from market.desk.undertakings import Undertaking
from market.entities.draft import DraftColumn, DraftContent
from market.owner.drafting.declarations import read_begun

pytestmark = pytest.mark.stories

DECLARE = "/tables/declare/stays-2024"


@pytest.fixture
def market(tmp_path: Path) -> Iterator[LiveMarket]:
    with live_market(tmp_path) as market:
        yield market


@pytest.fixture
def desk(market: LiveMarket) -> Iterator[DeskBrowser]:
    signed_in_home(market, market.root / "client", "olga", *SCOPES)
    browser = DeskBrowser.at(market.root)
    yield browser
    browser.desk.close()


def begun(desk: DeskBrowser, folder: Path) -> Path:
    table = written(folder)
    began = desk.post("/tables/new", page="/tables/new", table=str(table), dataset="stays-2024")
    assert desk.place(began).startswith(DECLARE)
    return table


def typed(**changes: Any) -> dict[str, Any]:
    """The form as a browser sends it: the columns' fields once for each line."""
    lines = {
        f"column_{field.name}": [line.get(field.name, "") for line in LINES]
        for field in fields(DraftColumn)
    }
    return {**ABOUT, **lines, "taken": list(TAKEN), **changes}


def ended(desk: DeskBrowser, answer: Any) -> Undertaking:
    work = desk.desk.undertakings.find(desk.place(answer).removeprefix("/undertakings/"))
    eventually(lambda: work.state != "working")
    return work


def test_a_file_is_found_in_its_folder(desk: DeskBrowser, tmp_path: Path) -> None:
    table = written(tmp_path)
    (tmp_path / "notes.txt").write_text("no table")
    shown = desk.get("/tables/new", params={"folder": str(tmp_path)}).text
    assert table.name in shown
    assert "notes.txt" not in shown
    chosen = desk.get("/tables/new", params={"table": str(table)}).text
    assert 'value="stays-2024"' in chosen
    assert desk.get("/tables/new", params={"folder": "/no/such\0"}).status_code == 422


def test_an_id_is_offered_without_accents(desk: DeskBrowser, tmp_path: Path) -> None:
    table = written(tmp_path).rename(tmp_path / "Enquête santé.csv")
    chosen = desk.get("/tables/new", params={"table": str(table)}).text
    assert 'value="enquete-sante"' in chosen


def test_what_is_missing_names_its_column(desk: DeskBrowser, tmp_path: Path) -> None:
    begun(desk, tmp_path)
    shown = desk.post(f"{DECLARE}/preview", page=DECLARE, **typed(taken=["1", "5"])).text
    assert '<a href="#columns.5.kind"><bdi>note</bdi>: Choose its type.</a>' in shown


def test_columns_are_found_and_no_value_is_read(desk: DeskBrowser, tmp_path: Path) -> None:
    begun(desk, tmp_path)
    shown = desk.get(DECLARE).text
    for name in ("patient_no", "days_in_hospital", "paid_eur"):
        assert f'value="{name}"' in shown
    assert "free text" not in shown
    again = desk.post("/tables/new", page="/tables/new", table="x.csv", dataset="stays-2024")
    assert again.status_code == 422


def test_half_of_it_is_kept_with_what_it_lacks(desk: DeskBrowser, tmp_path: Path) -> None:
    begun(desk, tmp_path)
    half = typed(title="", column_low=["", "-", "", "0", "0", ""])
    desk.post(DECLARE, page=DECLARE, **half)
    shown = desk.get(DECLARE).text
    assert "Give it a title." in shown
    assert 'id="columns.1.low-lack"' in shown, "at its own line, the unit's column aside"
    assert "Length of the stay" in shown
    assert desk.place(desk.post(DECLARE, page=DECLARE, deed="check", **half)).startswith(DECLARE)
    refused = desk.post("/tables/publish/stays-2024", page=DECLARE)
    assert refused.status_code == 422
    assert "The declaration of stays-2024 lacks" in refused.text


def test_the_preview_says_what_a_buyer_sees_and_what_it_takes(
    desk: DeskBrowser, tmp_path: Path
) -> None:
    begun(desk, tmp_path)
    shown = desk.post(f"{DECLARE}/preview", page=DECLARE, **typed()).text
    for told in ("Age at admission", "Nothing is missing", "questions at epsilon 1", "Ciphertext"):
        assert told in shown, told
    assert "patient_no" not in shown, "the id is nobody's to ask about"
    with desk.desk.agent() as (home, _):
        assert read_begun(home, "stays-2024").content.title == "", "looking saves nothing"


def test_several_columns_are_filled_in_at_once_and_undone_until_they_are_saved(
    desk: DeskBrowser, tmp_path: Path
) -> None:
    begun(desk, tmp_path)
    desk.post(DECLARE, page=DECLARE, **typed())
    step = typed(deed="several", several_of="numeric", several_unit="furlongs")
    shown = desk.post(DECLARE, page=DECLARE, **step).text
    assert "not saved yet" in shown
    assert 'value="furlongs"' in shown
    assert 'value="furlongs"' not in desk.get(DECLARE).text, "undone by going back"
    odd = typed(deed="several", several_of="odd")
    assert "is no group of columns" in desk.post(DECLARE, page=DECLARE, **odd).text


def test_a_code_book_is_pasted_and_what_was_not_understood_is_told(
    desk: DeskBrowser, tmp_path: Path
) -> None:
    begun(desk, tmp_path)
    book = "Variable,Label,Remarks\nnote,What was noted,x\nshoe,Size,y\n"
    shown = desk.post(DECLARE, page=DECLARE, **typed(deed="code-book", code_book=book)).text
    assert 'value="What was noted"' in shown
    assert "Line 3: there is no column &#39;shoe&#39;." in shown
    assert "Line 1: &#39;Remarks&#39; is no heading that is known." in shown
    nothing = typed(deed="code-book", code_book="")
    assert "There is no line to read." in desk.post(DECLARE, page=DECLARE, **nothing).text


def test_a_form_with_lines_missing_changes_nothing(desk: DeskBrowser, tmp_path: Path) -> None:
    begun(desk, tmp_path)
    desk.post(DECLARE, page=DECLARE, **typed())
    for broken in ({"column_low": ["0"]}, {"column_kind": ["odd"] * 6}, {"access": "nobody"}):
        assert desk.post(DECLARE, page=DECLARE, **typed(**broken)).status_code == 422
    assert "Hospital stays" in desk.get(DECLARE).text


def test_a_template_fills_the_policy_in(desk: DeskBrowser, tmp_path: Path) -> None:
    begun(desk, tmp_path)
    desk.post(DECLARE, page=DECLARE, **typed(deed="template-strict"))
    with desk.desk.agent() as (home, _):
        content = read_begun(home, "stays-2024").content
    assert (content.approval, content.title) == ("manual", "Hospital stays")


def test_checked_then_published_then_listed(
    market: LiveMarket, desk: DeskBrowser, tmp_path: Path
) -> None:
    begun(desk, tmp_path)
    checked = ended(desk, desk.post(DECLARE, page=DECLARE, deed="check", **typed()))
    assert checked.state == "done", checked.error
    report = desk.get(checked.path).text
    assert "400 of 400" in report.replace("\u202f", " ")
    assert "For you alone" in report
    page = "/tables/publish/stays-2024"
    work = ended(desk, desk.post(page, page=page))
    assert work.state == "done", work.error
    assert "Version 1" in desk.get(work.path).text
    assert market.catalogue.dataset("stays-2024").listing.record.description.title == (
        "Hospital stays"
    )
    assert "Hospital stays" in desk.get("/tables").text
    assert "Go on with that" in desk.get("/tables/next/stays-2024").text


def test_a_declaration_that_does_not_fit_the_table_is_asked_about(
    market: LiveMarket, desk: DeskBrowser, tmp_path: Path
) -> None:
    begun(desk, tmp_path)
    wrong = typed(column_levels=["", "", "north, south", "", "", ""])
    desk.post(DECLARE, page=DECLARE, **wrong)
    page = "/tables/publish/stays-2024"
    work = ended(desk, desk.post(page, page=page))
    assert work.state == "asking"
    assert work.question is not None
    assert "sex: of 400 cells only 0 are as declared" in " ".join(work.question.lines)
    work.answer(False)
    eventually(lambda: work.state == "broken")
    assert work.error is not None
    assert work.error.code == "not-confirmed"
    assert "stays-2024" not in {found.dataset for found in market.catalogue.search("")}


def test_stopped_in_the_middle_it_goes_on(
    market: LiveMarket, desk: DeskBrowser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was encrypted before the stop is in the manifest that is listed."""
    begun(desk, tmp_path)
    desk.post(DECLARE, page=DECLARE, **typed(capacity_rows="500000"))
    page = "/tables/publish/stays-2024"
    answer = desk.post(page, page=page)
    work = desk.desk.undertakings.find(desk.place(answer).removeprefix("/undertakings/"))
    eventually(lambda: work.steps or work.state == "broken")
    work.stop()
    eventually(lambda: work.state == "broken")
    assert work.error is not None
    assert work.error.code == "stopped", work.error
    parts = {path.name for path in market.home.outgoing_path.rglob("*.ect")}
    assert parts
    again = ended(desk, desk.post(page, page=page))
    assert again.state == "done", again.error
    manifest = market.catalogue.dataset("stays-2024").manifest.record
    stored = {Path(chunk.key).name for column in manifest.columns for chunk in column.chunks}
    assert parts <= stored


def test_a_draft_of_the_portal_is_taken_up_by_its_number(
    market: LiveMarket, desk: DeskBrowser, tmp_path: Path
) -> None:
    table = str(written(tmp_path))
    column = DraftColumn(
        name="age", kind="numeric", meaning="Age at admission", low="0", high="100"
    )
    content = DraftContent(dataset="drafted", title="Stays, drafted", columns=(column,))
    number = market.client("olga", "owner").post("drafts", {"draft": content.document()})["number"]
    new = "/tables/new"
    for wrong in ("0", "999", "x", "²"):
        refused = desk.post(new, page=new, table=table, draft=wrong)
        assert refused.status_code >= 400
        assert f'name="draft" value="{wrong}"' in refused.text
    taken = desk.post(new, page=new, table=table, draft=str(number))
    assert desk.place(taken).startswith("/tables/declare/drafted")
    shown = desk.get("/tables/declare/drafted").text
    assert "Stays, drafted" in shown
    with desk.desk.agent() as (home, _):
        begun = read_begun(home, "drafted")
    assert [line.column.name for line in begun.lines if line.is_taken] == ["age"]
    assert len(begun.lines) == len(LINES), "the file's others are there, and not taken"
    again = desk.post(new, page=new, table=table, draft=str(number))
    assert "A declaration of drafted was begun already" in again.text


def test_two_tabs_lose_nothing_of_each_other(desk: DeskBrowser, tmp_path: Path) -> None:
    begun(desk, tmp_path)
    page = desk.get(DECLARE).text
    seen = page.partition('name="saved" value="')[2][:64]
    desk.post(DECLARE, page=DECLARE, **typed(title="The other tab's", saved=seen))
    late = desk.post(DECLARE, page=DECLARE, **typed(title="This one's", saved=seen))
    assert late.status_code == 409
    assert "This one&#39;s" in late.text, "what was typed stands there"
    assert "The other tab&#39;s" in desk.get(DECLARE).text, "and what was saved is kept"
    new = late.text.partition('name="saved" value="')[2][:64]
    desk.post(DECLARE, page=DECLARE, **typed(title="This one's", saved=new))
    assert "This one&#39;s" in desk.get(DECLARE).text


@pytest.mark.parametrize("dataset", ["", "No", "../x", "a" * 61])
def test_an_id_that_is_none_begins_nothing(desk: DeskBrowser, tmp_path: Path, dataset: str) -> None:
    table = str(written(tmp_path))
    refused = desk.post("/tables/new", page="/tables/new", table=table, dataset=dataset)
    assert refused.status_code == 422
    assert "3 to 60 characters" in refused.text
