"""A regression is read by term; every other answer by number."""

from __future__ import annotations

import json
import re

import pytest
from world.noised_moments import NoisedMoments

from market.cli.buyer.answer_tables import show_answers
from market.cli.output import Output
from market.client.results.opened_answers import answer_json, cell_of
from market.plan.answers import answers
from market.plan.asked import AskedStatistic
from market.plan.dataset import Dataset
from market.plan.lowered import lower
from market.plan.plan import PLAN_VERSION, NamedStatistic, Plan
from market.plan.schema import BooleanColumn, NumericColumn, PrivacyUnit, Schema
from market.plan.uncertain import measured
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


def below_0(capsys: pytest.CaptureFixture[str], *, is_raw: bool) -> dict[str, str]:
    """What the table says of a count that noise made negative, by column."""
    named = (NamedStatistic("rows", 1, DS.count().statistic),)
    lowered = lower(Plan(PLAN_VERSION, ("survey",), "gaussian", named), SCHEMA)
    found = answers(lowered, {"#valid": measured(-3.0, sd=10.0, source="#valid")})
    show_answers(Output(), [answer_json(one) for one in found], is_raw=is_raw)  # type: ignore[misc]
    heading, row = capsys.readouterr().out.splitlines()
    columns = [one for one in re.split(r"\s{2,}", heading) if one != "level"]
    return dict(zip(columns, re.split(r"\s{2,}", row), strict=True))


def test_number_has_its_interval_where_it_can_be(capsys: pytest.CaptureFixture[str]) -> None:
    told = below_0(capsys, is_raw=False)
    assert {name: told[name] for name in ("value", "± (95 %)", "from", "to")} == {
        "value": "0",
        "± (95 %)": "17",
        "from": "0",
        "to": "16.5996",
    }
    assert "below 0, the least it can be" in told["note"]


def test_raw_number_is_as_noise_left_it(capsys: pytest.CaptureFixture[str]) -> None:
    told = below_0(capsys, is_raw=True)
    assert (told["raw value"], told["± (95 %)"]) == ("-3", "20")
    assert "from" not in told


def test_kept_cell_is_the_one_that_was_told() -> None:
    twin = make_twin(SCHEMA, 3, 400)
    for asked in (DS.group_by("flag").count(), DS["x"].mean()):
        answer = NoisedMoments(asked.statistic, SCHEMA, twin, 10**12).truth()
        kept = json.loads(json.dumps(answer_json(answer)))["cells"]
        assert tuple(map(cell_of, kept)) == answer.cells
