"""market result synthesize: from an opened result to a table and a page, offline."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner
from world.opened_counts import JOB, SCHEMA, keep, plan_of, usual_plan

from market.cli.main import main
from market.client.kept.home import ClientHome
from market.pages.answer_rows import answer_tables
from market.plan.dataset import Dataset

DS = Dataset(SCHEMA)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    path = tmp_path / "home"
    keep(ClientHome(path), usual_plan())
    return path


def run(home: Path, *arguments: object) -> tuple[int, Any]:
    words = ["--json", "--home", str(home), "result", "synthesize", *map(str, arguments)]
    done = CliRunner().invoke(main, words)
    return done.exit_code, json.loads(done.stdout)


def refusal(home: Path, *arguments: object) -> dict[str, str]:
    code, document = run(home, *arguments)
    assert code == 1
    error: dict[str, str] = document["error"]
    return error


def test_rows_and_page_are_written(home: Path, tmp_path: Path) -> None:
    out, page = tmp_path / "table.csv", tmp_path / "page.html"
    code, shown = run(home, JOB, "table", "--out", out, "--report", page)
    assert code == 0
    assert shown["rows"] == 500
    assert shown["method"] == "junction-tree"
    table = pd.read_csv(out)
    assert list(table.columns) == ["health", "child", "region", "visits"]
    assert len(table) == 500
    assert table["visits"].between(0, 20).all()
    assert (table["visits"] % 1 > 0).any()
    assert set(table["health"]) <= {"good", "fair", "<i>poor</i>", "OTHER"}
    assert "What a model learns of child" in page.read_text("utf-8")


def test_the_only_name_need_not_be_given_and_options_go_before_the_program(
    home: Path, tmp_path: Path
) -> None:
    out = tmp_path / "table.parquet"
    code, shown = run(home, JOB, "--out", out, "--rows", 77, "--method", "mwem", "--seed", 4)
    assert code == 0
    assert (shown["rows"], shown["method"], shown["seed"]) == (77, "mwem", 4)
    assert len(pd.read_parquet(out)) == 77


def test_another_target_is_learned_and_an_unknown_one_refused(home: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    usual = (JOB, "--out", tmp_path / "table.csv", "--method", "mwem", "--report", page)
    assert refusal(home, *usual, "--target", "income")["code"] == "synthetic-column"
    assert not page.exists()
    assert run(home, *usual, "--target", "region")[0] == 0
    assert "What a model learns of region" in page.read_text("utf-8")


def test_same_seed_same_table(home: Path, tmp_path: Path) -> None:
    tables = []
    for place, seed in enumerate((1, 1, 2)):
        out = tmp_path / f"{place}.csv"
        assert run(home, JOB, "--out", out, "--method", "mwem", "--seed", seed)[0] == 0
        tables.append(out.read_text())
    assert tables[0] == tables[1]
    assert tables[0] != tables[2]


def test_without_a_number_of_rows_there_are_about_as_many_as_counted(tmp_path: Path) -> None:
    home = tmp_path / "home"
    keep(ClientHome(home), plan_of(table=DS.synthesize()))
    code, shown = run(home, JOB, "--out", tmp_path / "table.csv", "--method", "independent")
    assert code == 0
    assert shown["rows"] == 2_000


def test_a_person_is_told_where_the_table_lies(home: Path, tmp_path: Path) -> None:
    words = ["--home", str(home), "result", "synthesize", JOB, "--out", str(tmp_path / "t.csv")]
    done = CliRunner().invoke(main, [*words, "--method", "independent"])
    assert done.exit_code == 0
    assert "500 of 4 columns, none of them real" in done.output


def test_job_that_was_not_opened_here_is_refused(home: Path, tmp_path: Path) -> None:
    error = refusal(home, "job-aaaaaaaaaaaa", "--out", tmp_path / "table.csv")
    assert error["code"] == "not-opened"


def test_result_without_such_counts_is_refused(tmp_path: Path) -> None:
    keep(ClientHome(tmp_path / "home"), plan_of(rows=DS.count()))
    error = refusal(tmp_path / "home", JOB, "--out", tmp_path / "table.csv")
    assert error["code"] == "synthetic-not-asked"


def test_wrong_or_missing_name_is_refused_with_those_there_are(tmp_path: Path) -> None:
    asked = {"one": DS.synthesize(), "two": DS.synthesize(columns=["health", "child"])}
    keep(ClientHome(tmp_path / "home"), plan_of(**asked))
    for name in ([], ["three"]):
        error = refusal(tmp_path / "home", JOB, *name, "--out", tmp_path / "table.csv")
        assert error["code"] == "synthetic-name"
        assert "one or two" in error["message"]


@pytest.mark.parametrize("kept", ["table.csv", "page.html"])
def test_no_file_is_written_over(home: Path, tmp_path: Path, kept: str) -> None:
    (tmp_path / kept).write_text("mine")
    error = refusal(home, JOB, "--out", tmp_path / "table.csv", "--report", tmp_path / "page.html")
    assert error["code"] == "file-exists"
    assert (tmp_path / kept).read_text() == "mine"


def test_unknown_format_is_refused(home: Path, tmp_path: Path) -> None:
    assert refusal(home, JOB, "--out", tmp_path / "table.xlsx")["code"] == "synthetic-format"


def test_counts_are_not_listed_one_by_one(home: Path) -> None:
    document = json.loads((home / "jobs" / JOB / "result.json").read_text())
    tables = answer_tables(document["answers"])
    assert [table.name for table in tables] == ["rows", "table"]
    assert tables[1].counts == 55
    assert not tables[1].rows


@pytest.mark.processes
def test_without_the_extra_it_says_what_to_install() -> None:
    program = (
        "import sys\n"
        "sys.modules['jax'] = None\n"
        "from market.cli.main import main\n"
        "main(['result', 'synthesize', 'job-0123456789ab', '--out', 'table.csv'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "extra-missing" in done.stderr
    assert "ciphertext-market[synth]" in done.stderr
