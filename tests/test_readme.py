"""The README says what the product generates."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import scale_report

pytestmark = pytest.mark.processes

README = (Path(__file__).parent.parent / "README.md").read_text("utf-8")


def test_promise_is_the_generated_one() -> None:
    generated = subprocess.run(
        [sys.executable, "-m", "market.promise"], capture_output=True, text=True, check=True
    ).stdout.strip()
    between = README.partition("<!-- promise -->")[2].partition("<!-- /promise -->")[0]
    assert between.strip() == generated


def test_both_commands_are_named() -> None:
    assert "make demo" in README
    assert "make test" in README


def test_the_cost_curve_is_that_of_the_committed_figures() -> None:
    figures = json.loads(scale_report.FIGURES.read_text("utf-8"))
    between = README.partition(scale_report.BEGIN)[2].partition(scale_report.END)[0]
    assert between.strip() == scale_report.markdown(figures)
    assert scale_report.PICTURE.read_text("utf-8") == scale_report.picture(figures)
    assert {"date", "machine"} <= figures.keys()
