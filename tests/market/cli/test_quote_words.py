"""What a quote says of its errors, and below its table what they suppose."""

from __future__ import annotations

import re

import pytest
from world.builders import a_policy
from world.lattices import agg_lattice

from market.cli.buyer.quote_text import render_quote
from market.cli.output import Output
from market.plan.expression import Column
from market.plan.factors import Product
from market.plan.lowered import lower
from market.plan.plan import PLAN_VERSION, NamedStatistic, Plan
from market.plan.schema import CategoricalColumn, NumericColumn, PrivacyUnit, Schema
from market.plan.statistics import Count, GroupBy, Statistic, Variance
from market.policy.budget.price import price_document
from market.pricing.error_words import error_lines

SCHEMA = Schema(
    "clinic",
    (
        NumericColumn("x", "0", "10", "a number", "points", "midpoint", None, None),
        CategoricalColumn("g", ("a", "b"), "a group"),
    ),
    PrivacyUnit(None, 1, "a row"),
    1_000,
    (Product("x", "x"),),
)


def words_on(
    capsys: pytest.CaptureFixture[str], *, job_rho_units: int = 10**12, **asked: Statistic
) -> str:
    named = tuple(NamedStatistic(name, 1, one) for name, one in asked.items())
    lowered = lower(Plan(PLAN_VERSION, ("clinic",), "gaussian", named), SCHEMA)
    policy = a_policy(statistics=lowered.kinds, job_rho_units=job_rho_units, recomputation=True)
    document = {
        "currency": "EUR",
        **price_document(lowered, policy, "1", agg_lattice(SCHEMA)),
        "datasets": ["clinic"],
        "values": None,
        "plan_hash": "ab" * 32,
        "needs_verified": False,
    }
    render_quote(Output(), document, agg_lattice(SCHEMA))
    return capsys.readouterr().out


def test_range_of_an_error_is_told_with_what_it_supposes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = words_on(capsys, rows=Count(), widths=GroupBy(("g",), Variance(Column("x"))))
    ranges = [" to " in line for line in said.splitlines()[1:5]]
    assert ranges == [False, True, True, True]
    assert "Expected is half of a 95 % interval where the table is full" in said
    assert "The range is over tables from half full to full" in said


def test_errors_that_no_table_moves_suppose_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    said = words_on(capsys, rows=Count(), levels=GroupBy(("g",), Count()))
    assert "The range is over tables" not in said
    assert "Expected is" not in said


def test_other_noise_stands_beside_the_plan_s(capsys: pytest.CaptureFixture[str]) -> None:
    said = words_on(capsys, rows=Count())
    (head, rows, *_) = said.splitlines()
    assert [word for word in ("± expected", "± range", "± laplace") if word in head] == [
        "± expected",
        "± range",
        "± laplace",
    ]
    assert rows.split() == ["rows", "0.0263", "8.549", "2.996", "rows"]
    assert re.search(r"laplace instead +epsilon 1 with delta 0, rho 0.5000$", said, re.MULTILINE)


def test_other_noise_that_one_job_may_not_cost_says_so(
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = words_on(capsys, job_rho_units=10**11, rows=Count())
    assert "rho 0.5000 (over-job-cap)" in said


def cell(expected: str | None, least: str | None, most: str | None) -> dict[str, str | None]:
    return {"expected_error": expected, "least_error": least, "most_error": most}


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ([cell("3.255", "3.255", "3.255")], "asked: ± 3.255"),
        ([cell("3.2", "3.2", "3.2")] * 3, "asked: 3 numbers, each ± 3.2"),
        ([cell("1.5", "0.9", "10")], "asked: ± 1.5, in a range of 0.9 to 10"),
        (
            [cell("9", "5.0", "20"), cell("10", "4.0", "30")],
            "asked: 2 numbers, each ± 9 to 10, in a range of 4.0 to 30",
        ),
        ([cell(None, "0.4", None)], "asked: ± no bound, in a range of 0.4 or more"),
        ([cell(None, None, None)], "asked: ± no bound"),
    ],
)
def test_errors_of_a_statistic_are_one_line_however_many_they_are(
    cells: list[dict[str, str | None]], said: str
) -> None:
    assert error_lines({"statistics": [{"name": "asked", "cells": cells}]}) == [said]
