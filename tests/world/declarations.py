"""A dataset as its owner declares it, with its table, and what buyers ask of it."""

from __future__ import annotations

from crypto.accounting import rho_for_epsilon
from market.owner.declaration.describe import Declaration, parse_declaration
from market.plan.decimals import fraction_of
from market.plan.expression import Column
from market.plan.plan import NamedStatistic, Plan
from market.plan.schema import Schema
from market.plan.statistics import Count, Mean, Statistic, Sum


def _plan(*named: NamedStatistic) -> Plan:
    return Plan(3, ("visits",), "gaussian", named)


COUNT = _plan(NamedStatistic("people", 1, Count()))
PURE_SUM = Plan(3, ("visits",), "laplace", (NamedStatistic("visits", 1, Sum(Column("visits"))),))
"""A weighted sum of two columns, opened as one."""
MEAN = _plan(NamedStatistic("visits", 1, Mean(Column("visits"))))

DECLARATION = """\
dataset = "{dataset}"
title = "Doctor visits"
summary = "A survey."
provenance = "Made up."
licence = "CC0"
terms = "None."
capacity_rows = 4000

[privacy_unit]
{unit}max_rows = 1
meaning = "one respondent"
{population}
[[columns]]
name = "visits"
type = "numeric"
low = 0
high = 10
unit = "visits"
meaning = "Visits in a year"
null = "midpoint"

[[columns]]
name = "insured"
type = "boolean"
meaning = "Has private insurance"
null = "false"

[policy]
budget_epsilon = {budget}
buyer_epsilon = 8
job_epsilon = 4
delta = 0.000001
statistics = ["count", "sum", "mean", "covariance"]
access = "{access}"
approval = "{approval}"
recomputation = {recomputation}
price_cents = 1250
{period}"""
TABLE = "person,visits,insured\n" + "".join(
    f"p{i},{i % 11},{'yes' if i % 3 else 'no'}\n" for i in range(300)
)


def plan_of(*statistics: Statistic) -> Plan:
    return _plan(*(NamedStatistic(f"s{i}", 1, s) for i, s in enumerate(statistics)))


def declaration(dataset: str = "visits", **changes: str) -> str:
    values = {
        "dataset": dataset,
        "unit": "",
        "population": "",
        "budget": "8",
        "period": "",
        "access": "open",
        "approval": "automatic",
        "recomputation": "true",
    }
    return DECLARATION.format(**(values | changes))


def parsed(**changes: str) -> Declaration:
    return parse_declaration(declaration(**changes))


def schema() -> Schema:
    return parsed().schema


def half_epsilon() -> int:
    return rho_for_epsilon(fraction_of("0.5"), fraction_of("0.000001"))
