"""Tables and progress as people read them."""

from __future__ import annotations

import io
import re
import sys

import pytest
from click.testing import CliRunner

from market.cli.main import main
from market.cli.minute_lines import MinuteLines
from market.cli.output import Output


class Terminal(io.StringIO):
    """Standard output that a person reads."""

    def isatty(self) -> bool:
        return True


def test_progress_without_a_terminal_is_a_line_a_minute() -> None:
    told: list[str] = []
    time = iter(range(0, 600, 25))
    lines = MinuteLines(told.append, lambda: float(next(time)))
    for done in range(7):
        lines.advance("encrypted", done * 1_000, 7_000)
    # At 0, 25, 50, 75, 100, 125, 150 seconds.
    assert told == ["encrypted: 3,000 of 7,000 (42 %)", "encrypted: 6,000 of 7,000 (85 %)"]


def test_work_of_less_than_a_minute_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with Output().steps() as advance:
        advance("encrypted", 1, 1)
    assert capsys.readouterr().err == ""


def test_an_empty_table_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    Output().table(("job",), [], empty="No job yet. Find a dataset: market dataset list")
    assert capsys.readouterr().out == "No job yet. Find a dataset: market dataset list\n"


@pytest.mark.parametrize(("columns", "is_table"), [("80", True), ("30", False)])
def test_where_a_row_does_not_fit_its_values_stand_below_each_other(
    monkeypatch: pytest.MonkeyPatch, columns: str, is_table: bool
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("COLUMNS", columns)
    Output().table(("job", "state", ">epsilon"), [("job-e2eeee01b870", "planned", "0.5")])
    told = re.sub(r"\x1b\[[0-9;]*m", "", terminal.getvalue()).splitlines()
    assert ("job  job-e2eeee01b870" in told) == (not is_table)
    assert ("epsilon  0.5" in told) == (not is_table)
    assert any("job-e2eeee01b870  planned" in line for line in told) == is_table


def test_long_cells_are_cut_at_a_terminal_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cell = "a" * 300
    Output().table(("name",), [(cell,)])
    assert cell in capsys.readouterr().out
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    Output().table(("name",), [(cell,)])
    shown = "".join(terminal.getvalue().split())
    assert shown.endswith(f"{'a' * 20}…")
    assert shown.count("a") == "name".count("a") + 99


@pytest.mark.parametrize(
    ("typed", "meant"), [(["datset"], "dataset"), (["dataset", "lst"], "list"), (["joob"], "job")]
)
def test_a_mistyped_command_is_told_the_nearest(typed: list[str], meant: str) -> None:
    result = CliRunner().invoke(main, typed)
    assert result.exit_code == 2
    assert f"Did you mean {meant}" in result.output


def test_a_command_like_no_other_is_told_nothing_more() -> None:
    result = CliRunner().invoke(main, ["zzzzzz"])
    assert result.exit_code == 2
    assert "Did you mean" not in result.output
