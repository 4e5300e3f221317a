"""market result export and compare: from an opened result to files, offline."""

from __future__ import annotations

import csv
import io
import json
import re
import stat
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe
from click.testing import CliRunner
from world.drawn_answers import a_cell, hard_to_draw
from world.live_pages import browsing
from world.opened_result import COMMIT, JOB, OTHER, keep

from market.charts.page import result_page
from market.cli.main import main
from market.client.analysis.result_files import reported, result_files
from market.client.kept.home import ClientHome
from market.client.results.open_result import OpenedSession
from market.plan.answers import Answer


@pytest.fixture
def home(tmp_path: Path) -> ClientHome:
    return ClientHome(tmp_path / "home")


def run(home: ClientHome, *arguments: object) -> tuple[int, Any]:
    words = ["--json", "--home", str(home.path), "result", *map(str, arguments)]
    done = CliRunner().invoke(main, words)
    return done.exit_code, json.loads(done.stdout)


def lines(home: ClientHome, document: dict[str, Any]) -> list[dict[str, str]]:
    (data,) = result_files(home, document, "csv").values()
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


def test_csv_has_a_line_for_each_number_with_its_interval(home: ClientHome) -> None:
    document = keep(home)
    told = lines(home, document)
    numbers = [cell for answer in document["answers"] for cell in answer["cells"]]
    assert len(told) == len(numbers)
    for line, cell in zip(told, numbers, strict=True):
        assert float(line["value"]) == cell["value"]
        assert float(line["low"]) == cell["low"]
        assert float(line["raw_value"]) == cell["raw"]["value"]
        assert [line["label_1"], line["label_2"]][: len(cell["labels"])] == cell["labels"]
    assert told[0]["unit"] == "years"


def test_csv_holds_no_formula_of_somebody_else(home: ClientHome) -> None:
    cells = (a_cell("+cmd|' /C calc'!A0", value=-3.0, note="-note"), a_cell("\tx", value=None))
    evil = Answer("=1+1", "group_by", "@unit", cells)
    first, second = lines(home, keep(home, answers=[evil]))
    assert first["statistic"] == "'=1+1"
    assert first["unit"] == "'@unit"
    assert first["label_1"].startswith("'+cmd")
    assert first["note"] == "'-note"
    assert float(first["value"]) == -3.0
    assert second["label_1"].startswith("'")
    assert second["value"] == ""


EVIL = (
    '=HYPERLINK("http://evil.example")',
    "+1",
    "@SUM(A1)",
    "＝1+1",
    "<script>document.title='run'</script>",
    "“Ünïcode” 'quoted', \"twice\"; & 日本 שלום",
)


def evil_result(home: ClientHome) -> dict[str, Any]:
    """Of labels that a program, a spreadsheet or a page could take for its own."""
    cells = tuple(a_cell(label, value=float(place)) for place, label in enumerate(EVIL, start=1))
    return keep(home, answers=[Answer("by <b>group</b>", "histogram", "€", cells)])


def test_csv_is_read_by_pandas_as_it_was_written(home: ClientHome) -> None:
    (data,) = result_files(home, evil_result(home), "csv").values()
    frame = pd.read_csv(io.BytesIO(data))
    assert [str(one).removeprefix("'") for one in frame["label_1"]] == list(EVIL)
    assert [one for one in frame["label_1"] if one[0] in "=+-@＝"] == []
    assert frame["value"].dtype == float
    assert list(frame["value"]) == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]


def test_charts_and_json_hold_labels_as_text(home: ClientHome) -> None:
    document = evil_result(home)
    (data,) = result_files(home, document, "json").values()
    assert [one["labels"][0] for one in json.loads(data)["answers"][0]["cells"]] == list(EVIL)
    (drawn,) = result_files(home, document, "svg").values()
    parsed = ElementTree.fromstring(drawn)  # noqa: S314 - drawn here
    tags = {one.tag.rpartition("}")[2] for one in parsed.iter()}
    assert tags.isdisjoint({"script", "foreignObject", "a"})
    (picture,) = result_files(home, document, "png").values()
    assert picture.startswith(b"\x89PNG")


@pytest.mark.processes
def test_page_opens_offline_and_shows_labels_as_text(home: ClientHome, tmp_path: Path) -> None:
    (data,) = result_files(home, evil_result(home), "html").values()
    file = tmp_path / "result.html"
    file.write_bytes(data)
    asked: list[str] = []
    with browsing() as browser:
        context = browser.new_context(offline=True)
        opened = context.new_page()
        opened.on("request", lambda request: asked.append(request.url))
        opened.goto(file.as_uri())
        assert opened.title() != "run"
        for label in EVIL:
            assert opened.get_by_text(label, exact=True).first.is_visible()
        broken = "[...document.images].filter(one => !one.complete || !one.naturalWidth).length"
        assert opened.evaluate(broken) == 0
    assert [one for one in asked if not one.startswith(("file:", "data:"))] == []


@pytest.mark.parametrize("kind", ["csv", "json", "html"])
def test_file_is_written_once_and_for_its_owner_alone(
    home: ClientHome, tmp_path: Path, kind: str
) -> None:
    keep(home)
    out = tmp_path / "out" / f"result.{kind}"
    code, document = run(home, "export", JOB, "--format", kind, "--out", out)
    assert (code, document["files"]) == (0, [str(out)])
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    before = out.read_bytes()
    code, document = run(home, "export", JOB, "--format", kind, "--out", out)
    assert (code, document["error"]["code"]) == (1, "export-exists")
    assert out.read_bytes() == before


@pytest.mark.parametrize(("kind", "begins"), [("svg", b"<?xml"), ("png", b"\x89PNG")])
def test_each_chart_is_a_file(home: ClientHome, tmp_path: Path, kind: str, begins: bytes) -> None:
    keep(home)
    code, _ = run(home, "export", JOB, "--format", kind, "--out", tmp_path / "drawn")
    assert code == 0
    files = sorted((tmp_path / "drawn").iterdir())
    assert [path.name for path in files] == [
        f"{name}.{kind}"
        for name in ("01-average-age", "02-people", "03-health", "04-ages", "05-line")
    ]
    assert all(path.read_bytes().startswith(begins) for path in files)


def test_charts_of_a_result_without_numbers_are_refused(home: ClientHome, tmp_path: Path) -> None:
    keep(home, answers=[Answer("nothing", "mean", "", (a_cell(value=None),))])
    code, document = run(home, "export", JOB, "--format", "svg", "--out", tmp_path / "drawn")
    assert (code, document["error"]["code"]) == (1, "no-chart")
    assert not (tmp_path / "drawn").exists()


def test_what_was_not_opened_is_not_exported(home: ClientHome, tmp_path: Path) -> None:
    code, document = run(home, "export", JOB, "--format", "csv", "--out", tmp_path / "a.csv")
    assert (code, document["error"]["code"]) == (1, "not-opened")


def test_page_says_all_of_it_and_loads_nothing(home: ClientHome) -> None:
    document = keep(home)
    page = result_page(reported(home, document))
    for said in (JOB, "survey, version 2", COMMIT, "epsilon 0.959", "receipt-0123456789ab"):
        assert said in page
    assert "mean of age" in page
    assert page.count("<picture>") == 5
    assert set(re.findall(r'(?:src|srcset|href)="([a-z]+:[a-z/+]+)', page)) == {
        "data:image/svg+xml"
    }
    assert not re.search(r"<script|<link|@import|url\(", page)
    assert "default-src 'none'" in page


@pytest.mark.processes
def test_page_reads_in_a_browser_on_any_screen(home: ClientHome, tmp_path: Path) -> None:
    out = tmp_path / "result.html"
    (data,) = result_files(home, keep(home), "html").values()
    out.write_bytes(data)
    asked_for: list[str] = []
    with browsing() as browser:
        for scheme, width in (("light", 1280), ("dark", 360)):
            page = browser.new_page(
                viewport={"width": width, "height": 800},
                color_scheme=scheme,  # type: ignore[arg-type]
            )
            page.on("request", lambda request: asked_for.append(request.url))
            page.on("console", lambda message: asked_for.append(message.text))
            page.goto(out.as_uri())
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert page.evaluate("[...document.images].every(image => image.naturalWidth > 0)")
            assert Axe().run(page).violations_count == 0
    assert {url for url in asked_for if not url.startswith("data:")} == {out.as_uri()}


def test_page_escapes_what_others_wrote(home: ClientHome) -> None:
    evil = "</style><script>alert(1)</script>"
    answers = [Answer(evil, "group_by", evil, (a_cell(evil, value=1.0, note=evil),))]
    page = result_page(reported(home, keep(home, answers=answers)))
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_page_says_first_that_an_answer_was_not_verified(home: ClientHome) -> None:
    session = OpenedSession(
        is_verified=False, is_consistent=True, is_complete=False, missing=("clinic",), liars=()
    )
    page = result_page(reported(home, keep(home, session=session)))
    assert page.index("Unverified: clinic did not deliver.") < page.index("<picture>")


def test_compared_numbers_stand_side_by_side_and_say_whether_they_differ(home: ClientHome) -> None:
    def of(*values: float) -> list[Answer]:
        cells = (a_cell(str(place), value=one) for place, one in enumerate(values))
        return [Answer("x", "group_by", "EUR", tuple(cells)), *hard_to_draw().values()]

    keep(home, JOB, answers=of(10.0, 10.0, 3.0))
    keep(home, OTHER, answers=of(11.3, 11.5))
    code, document = run(home, "compare", JOB, OTHER)
    assert code == 0
    ours = [one for one in document["numbers"] if one["name"] == "x"]
    # Each error is 1, so they differ beyond the root of 2; what one job has alone is left out.
    assert [one["differs"] for one in ours] == [False, True]
    assert [cell["value"] for cell in ours[1]["cells"]] == [10.0, 11.5]
    unknown = [one for one in document["numbers"] if one["name"] == "nothing left"]
    assert [one["differs"] for one in unknown] == [False, None]


@pytest.mark.parametrize(
    ("jobs", "code"), [((JOB,), "compare-few"), ((JOB, JOB), "compare-few"),
                       ((JOB, OTHER), "compare-nothing")],
)  # fmt: skip
def test_what_cannot_be_compared_is_refused(
    home: ClientHome, jobs: tuple[str, ...], code: str
) -> None:
    keep(home, JOB)
    keep(home, OTHER, answers=[Answer("else", "mean", "", (a_cell(value=1.0),))])
    exit_code, document = run(home, "compare", *jobs)
    assert (exit_code, document["error"]["code"]) == (1, code)
