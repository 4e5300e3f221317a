"""Two opened results beside each other at a desk: nobody is asked, and nothing leaves it."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner
from world.desk_browser import DeskBrowser
from world.opened_result import JOB, OTHER, keep

from market.cli.main import main
from market.client.kept.kept_subject import keep_subject
from market.client.results.opened_results import result_path

QUERY = f"job={JOB}&other={OTHER}"


@pytest.fixture
def opened(browser: DeskBrowser) -> DeskBrowser:
    keep(browser.desk.client)
    keep(browser.desk.client, OTHER, rho_units=10**11)
    return browser


def test_another_result_is_chosen_and_compared(opened: DeskBrowser) -> None:
    assert f'value="{OTHER}"' in opened.get(f"/results/{JOB}").text
    shown = opened.get(f"/results/compare?{QUERY}")
    assert shown.status_code == 200
    for expected in ("average_age", "health", JOB, OTHER, "noise"):
        assert expected in shown.text
    charts = set(re.findall(r"/results/compare/chart/\S+?\.(?:svg|png)", shown.text))
    assert len(charts) >= 4
    answers = [opened.get(f"{chart}?{QUERY}") for chart in charts]
    assert {one.status_code for one in answers} == {200}
    first = opened.get(f"/results/compare/chart/0-dark.svg?{QUERY}").text
    assert JOB in first
    assert OTHER in first


def test_results_are_called_by_what_was_asked_and_when(opened: DeskBrowser) -> None:
    home = opened.desk.client
    keep_subject(home, JOB, "Ask for ages")
    keep_subject(home, OTHER, "Ask for ages again, and for much that is too long for a heading")
    day = f"{datetime.fromtimestamp(result_path(home, JOB).stat().st_mtime, UTC):%-d %b %Y}"
    first = f"survey, Ask for ages, {day}"
    second = f"survey, Ask for ages again, and for much that is…, {day}"
    page = opened.get(f"/results/compare?{QUERY}").text
    assert page.index(f"<bdi>{first}</bdi>") < page.index(f"<bdi>{second}</bdi>")
    document = opened.get(f"/results/compare/export/json?{QUERY}").json()
    assert document["labels"] == [first, second]
    told = CliRunner().invoke(main, ["result", "compare", JOB, OTHER, "--home", str(home.path)])
    assert told.exit_code == 0, told.output
    assert f"{JOB}  {first}" in told.stdout
    keep_subject(home, OTHER, "Ask for ages")
    page = opened.get(f"/results/compare?{QUERY}").text
    assert f"<bdi>{first}, {OTHER}</bdi>" in page


def test_a_comparison_is_taken_along(opened: DeskBrowser) -> None:
    document = opened.get(f"/results/compare/export/json?{QUERY}").json()
    assert document["jobs"] == [JOB, OTHER]
    lines = list(
        csv.DictReader(io.StringIO(opened.get(f"/results/compare/export/csv?{QUERY}").text))
    )
    assert len(lines) == len(document["numbers"])
    (age,) = [one for one in document["numbers"] if one["name"] == "average_age"]
    (line,) = [one for one in lines if one["statistic"] == "average_age"]
    assert float(line[f"{JOB} value"]) == age["cells"][0]["value"]
    assert float(line[f"{OTHER} error_95"]) == age["cells"][1]["error_95"]


@pytest.mark.parametrize(
    ("job", "other", "why"),
    [
        (JOB, JOB, "each named once"),
        (JOB, "job-000000000000", "was not opened here"),
        (JOB, "../../x", "is not a job id"),
        ("", "", "is not a job id"),
    ],
)
def test_what_cannot_be_compared_is_told_over_the_list(
    opened: DeskBrowser, job: str, other: str, why: str
) -> None:
    shown = opened.get(f"/results/compare?job={job}&other={other}")
    assert shown.status_code == 422
    assert why in shown.text
    assert JOB in shown.text
    assert opened.get(f"/results/compare/export/csv?job={job}&other={other}").status_code >= 400


def test_a_result_alone_offers_no_comparison(browser: DeskBrowser) -> None:
    keep(browser.desk.client)
    assert "With another result" not in browser.get(f"/results/{JOB}").text
