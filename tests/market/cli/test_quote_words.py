"""What a quote says below its table: whose errors suppose how far apart the values lie."""

from __future__ import annotations

import pytest
from world.lattices import agg_lattice

from market.cli.output import Output
from market.cli.quote import render_quote
from market.plan.expression import Column
from market.plan.factors import Product
from market.plan.lowered import lower
from market.plan.plan import PLAN_VERSION, NamedStatistic, Plan
from market.plan.schema import CategoricalColumn, NumericColumn, PrivacyUnit, Schema
from market.plan.statistics import GroupBy, Mean, Statistic, Variance
from market.pricing.quote import quote

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


def words_on(capsys: pytest.CaptureFixture[str], **asked: Statistic) -> str:
    named = tuple(NamedStatistic(name, 1, one) for name, one in asked.items())
    lowered = lower(Plan(PLAN_VERSION, ("clinic",), "gaussian", named), SCHEMA)
    priced = quote(lowered, 10**10, "0.000001", agg_lattice(SCHEMA)).to_json()
    document = {
        "quote": priced,
        "datasets": ["clinic"],
        "values": None,
        "price_cents": 0,
        "plan_hash": "ab" * 32,
        "needs_verified": False,
    }
    render_quote(Output(), document, agg_lattice(SCHEMA))
    return capsys.readouterr().out


def test_spread_by_group_is_named_and_a_mean_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    x = Column("x")
    said = words_on(capsys, usual=Mean(x), width=Variance(x), widths=GroupBy(("g",), Variance(x)))
    (line,) = [line for line in said.splitlines() if "spread evenly" in line]
    assert line.startswith("The error of width, widths is for values spread evenly over their ")


def test_quote_without_a_spread_supposes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert "spread evenly" not in words_on(capsys, usual=GroupBy(("g",), Mean(Column("x"))))
