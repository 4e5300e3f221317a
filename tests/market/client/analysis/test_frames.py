"""Answers as frames, and what notebooks are shown: whatever people wrote, it is text."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from world.drawn_answers import a_cell, asked, hard_to_draw, opened
from world.opened_result import keep

import market.client
from market.client.analysis.frames import frame_of_answer
from market.client.analysis.listed import Datasets as Found
from market.client.analysis.listed import Job, Summary
from market.client.analysis.result import Result
from market.client.kept.home import ClientHome
from market.plan.answers import Answer

EVIL = "<script>alert(1)</script>"


def test_labels_are_the_index() -> None:
    one = frame_of_answer(opened(asked()["average_age"], "average_age"))
    assert list(one.index) == ["average_age"]
    levels = frame_of_answer(opened(asked()["health"], "health"))
    assert list(levels.index) == ["good", "fair", "poor", "OTHER"]
    pairs = frame_of_answer(
        opened(asked()["people_by_region_and_health"], "people_by_region_and_health")
    )
    assert isinstance(pairs.index, pd.MultiIndex)
    assert pairs.loc[("north", "good"), "error"] > 0
    line = frame_of_answer(opened(asked()["line"], "line"))
    assert ("age", "coefficient") in line.index
    assert ("R²", "") in line.index


def test_number_without_a_value_is_missing_with_its_note() -> None:
    frame = frame_of_answer(hard_to_draw()["nothing left"])
    assert frame["value"].isna().tolist() == [False, True]
    assert frame["value"].dtype == float
    assert frame.loc["b", "note"].startswith("There are no rows")


def test_notebooks_are_shown_no_markup_of_others(tmp_path: Path) -> None:
    home = ClientHome(tmp_path)
    answers = [Answer(EVIL, "group_by", EVIL, (a_cell(EVIL, value=1.0, note=EVIL),))]
    result = Result(home, keep(home, answers=answers))
    job = Job("job-1", "planned", (EVIL,), EVIL, EVIL, EVIL, EVIL, EVIL, EVIL)
    found = Found([Summary(EVIL, 1, EVIL, EVIL, EVIL, 5, 10)])
    shown = (result._repr_html_(), result.plot(EVIL)._repr_html_(), job._repr_html_(),
             found._repr_html_())  # fmt: skip
    for html in shown:
        assert "<script" not in html
        assert "&lt;script&gt;" in html


def test_public_names_are_all_there() -> None:
    for name in market.client.__all__:
        assert getattr(market.client, name).__module__.startswith("market.client.analysis.")
    with pytest.raises(AttributeError):
        market.client.nothing_of_this_name  # noqa: B018


@pytest.mark.processes
def test_package_is_imported_without_pandas() -> None:
    program = "import json, sys, market.client; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert not {"pandas", "matplotlib", "numpy"} & set(json.loads(done.stdout))
