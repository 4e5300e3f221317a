"""Synthetic rows through the real platform: from an owner's table to a file at the buyer, whose
program no host has: its commit is sent, runs through Airflow, and is signed from the copy kept."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from servers.demo import ToldDemo

from market.demo.catalogue.story import DATASET as OTHER_DATASET
from market.demo.comparison import Line, compare
from market.demo.roles import hand_over
from market.demo.terminal import market
from market.records.listing import Listing
from market.records.signed import open_signed

pytestmark = pytest.mark.timeout(1_200)

ROWS = 2_000
SAFE = 3.5
"""A 95 % half-width times this is seven standard deviations."""
DATASET = "household-survey"
REGIONS = ("north", "south", "west")
PROGRAM = """
def build(ds):
    return {"survey": ds.synthesize(target="insured")}
"""
DECLARATION = f"""\
dataset = "{DATASET}"
title = "Household survey"
summary = "Where people live, how old they are, and whether they are insured."
provenance = "Made up."
licence = "CC0"
terms = "None."
capacity_rows = 4000

[privacy_unit]
max_rows = 1
meaning = "one person"

[population]
distinct_from = ["{OTHER_DATASET}"]

[[columns]]
name = "region"
type = "categorical"
levels = ["north", "south", "west"]
meaning = "Where they live"

[[columns]]
name = "insured"
type = "boolean"
meaning = "Has private insurance"
null = "false"

[[columns]]
name = "age"
type = "numeric"
low = 0
high = 90
unit = "years"
meaning = "Age"
null = "midpoint"
bins = [0, 18, 45, 65, 90]

[policy]
budget_epsilon = 8
buyer_epsilon = 8
job_epsilon = 8
delta = 0.000001
statistics = ["synthesize"]
access = "open"
approval = "automatic"
recomputation = true
price_cents = 0
"""


def survey() -> pd.DataFrame:
    """People in the north are older, and the old are insured."""
    generator = np.random.default_rng(5)
    region = generator.choice(REGIONS, ROWS, p=(0.5, 0.3, 0.2))
    age = np.where(region == "north", 55, 30) + generator.integers(-15, 30, ROWS)
    insured = generator.random(ROWS) < np.where(age >= 45, 0.85, 0.15)
    return pd.DataFrame({"region": region, "insured": insured, "age": age})


@dataclass(frozen=True)
class OpenedSurvey:
    """A job that its buyer opened, and each of its counts beside the truth."""

    demo: ToldDemo
    job: str
    lines: tuple[Line, ...]

    def synthesize(self, *options: object) -> Any:
        """What the buyer's command says it made."""
        buyer = self.demo.stage.role("buyer")
        return market(buyer, "result", "synthesize", self.job, *map(str, options))


@pytest.fixture(scope="module")
def opened(told_demo: ToldDemo) -> OpenedSurvey:
    stage, table = told_demo.stage, survey()
    publish(told_demo, table)
    checkout = make_checkout(told_demo)
    buyer = stage.role("buyer")
    sent = market(buyer, "submit", str(checkout), "--dataset", DATASET, "--epsilon", "4")
    assert sent["repository"].startswith("bundle:")
    job = sent["job"]
    stage.wait_for(buyer, job, "--until", "planned")
    # Nothing but the copy in the buyer's home is left of the program.
    shutil.rmtree(checkout)
    market(buyer, "sign", job, "--yes")
    stage.wait_for(buyer, job)
    answers = market(buyer, "result", "open", job)["answers"]
    told = market(buyer, "job", "show", job)
    assert told["state"] == "released"
    schema = open_signed(Listing, told["publications"][0]["listing"].encode()).record.schema
    lines = compare(told["plan"], schema, table, json.loads(told["quote"]), answers)
    return OpenedSurvey(told_demo, job, lines)


def publish(demo: ToldDemo, table: pd.DataFrame) -> None:
    """The demo's owner, whose agent is at work, lists a second table."""
    owner = demo.stage.role("owner")
    rows, declaration = owner.home / "survey.csv", owner.home / "survey.toml"
    table.to_csv(rows, index=False)
    declaration.write_text(DECLARATION)
    for file in (rows, declaration):
        hand_over(owner, file)
    market(owner, "dataset", "publish", str(declaration), str(rows))


def make_checkout(demo: ToldDemo) -> Path:
    """The buyer's program, committed."""
    checkout = demo.folder / "survey-checkout"
    market(demo.stage.role("buyer"), "job", "new", str(checkout))
    (checkout / "job.py").write_text(PROGRAM)
    git = ["git", "-C", str(checkout), "-c", "user.name=Bob", "-c", "user.email=bob@example.org"]
    subprocess.run([*git, "commit", "-q", "-a", "-m", "Ask for synthetic rows"], check=True)
    return checkout


def test_opened_counts_are_the_truth_within_their_error(opened: OpenedSurvey) -> None:
    # Levels of the single keys, then of their pairs.
    assert len(opened.lines) == (4 + 2 + 4) + (4 * 2 + 4 * 4 + 2 * 4)
    for line in opened.lines:
        assert line.opened is not None
        assert line.truth is not None
        assert line.error_95 is not None
        assert abs(line.opened - line.truth) <= SAFE * line.error_95, line
    assert any(line.opened != line.truth for line in opened.lines), "no count has noise"


def test_rows_are_written_with_a_page_on_how_near_they_are(
    opened: OpenedSurvey, tmp_path: Path
) -> None:
    out, page = tmp_path / "rows.csv", tmp_path / "page.html"
    made = opened.synthesize("--out", out, "--report", page)
    rows, real = pd.read_csv(out), survey()
    assert made["rows"] == len(rows) == pytest.approx(ROWS, abs=100)
    assert list(rows.columns) == ["region", "insured", "age"]
    assert set(rows["region"]) <= {*REGIONS, "OTHER"}
    assert rows["insured"].dtype == bool
    assert rows["age"].between(0, 90).all()
    for key in ("region", "insured"):
        # Columns drawn by themselves would leave no years between the groups: here it is 20.
        groups = [table.groupby(key)["age"].mean() for table in (rows, real)]
        for level in set(real[key]):
            assert groups[0][level] == pytest.approx(groups[1][level], abs=4), (key, level)
    text = page.read_text("utf-8")
    assert "What a model learns of insured" in text
    assert f"{len(rows)} synthetic rows by junction-tree" in text.replace(",", "")
    assert "http" not in text.replace("http://www.w3.org", "")


def test_rows_of_another_number_and_method_are_written_as_parquet(
    opened: OpenedSurvey, tmp_path: Path
) -> None:
    out = tmp_path / "rows.parquet"
    opened.synthesize("--out", out, "--method", "mwem", "--rows", 321)
    rows = pd.read_parquet(out)
    assert len(rows) == 321
    assert [rows[name].dtype.kind for name in ("insured", "age")] == ["b", "f"]
