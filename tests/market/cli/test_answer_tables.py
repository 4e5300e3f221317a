"""A regression is read by term; every other answer by number."""

from __future__ import annotations

import pytest
from world.noised_moments import NoisedMoments

from market.cli.answer_tables import show_answers
from market.cli.output import Output
from market.client.opened_answers import answer_json
from market.plan.asked import AskedStatistic
from market.plan.dataset import Dataset
from market.plan.schema import BooleanColumn, NumericColumn, PrivacyUnit, Schema
from market.tables.twin import make_twin

SCHEMA = Schema(
    "survey",
    (
        NumericColumn("x", "0", "10", "a number", "points", "midpoint", None, None),
        NumericColumn("y", "0", "10", "a number", "points", "midpoint", None, None),
        BooleanColumn("flag", "a flag", "false"),
    ),
    PrivacyUnit(None, 1, "a row"),
    4_000,
    (),
)
DS = Dataset(SCHEMA)


def shown(capsys: pytest.CaptureFixture[str], *asked: AskedStatistic) -> list[str]:
    twin = make_twin(SCHEMA, 3, 400)
    answers = [NoisedMoments(one.statistic, SCHEMA, twin, 10**12).truth() for one in asked]
    show_answers(Output(), [answer_json(one) for one in answers])  # type: ignore[misc]
    return capsys.readouterr().out.splitlines()


def test_line_has_a_row_for_each_term(capsys: pytest.CaptureFixture[str]) -> None:
    lines = shown(capsys, DS.linear_regression("y", ["x", "flag"]), DS.count())
    start = lines.index("asked, by term:")
    assert [line.split()[0] for line in lines[start + 1 :]] == ["term", "(intercept)", "x", "flag"]
    assert "R²" in "".join(lines[:start])
    assert "coefficient" not in "".join(lines[:start])


def test_other_answers_have_a_row_for_each_number(capsys: pytest.CaptureFixture[str]) -> None:
    lines = shown(capsys, DS.group_by("flag").count(), DS.principal_components("x", "y"))
    assert not any("by term" in line for line in lines)
    assert sum("component 1" in line for line in lines) == 4


def test_log_odds_alone_have_no_other_table(capsys: pytest.CaptureFixture[str]) -> None:
    lines = shown(capsys, DS.logistic_regression("flag", ["x"]))
    assert "asked, by term:" in lines
    assert not any(line.startswith("statistic") for line in lines)
