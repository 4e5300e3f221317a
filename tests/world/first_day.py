"""What an analyst asks on their first day: filters, bins, dates, two keys, a model, rows to try."""

from __future__ import annotations

from dataclasses import replace

from market.plan.binned_number import BinnedNumber
from market.plan.dataset import Dataset
from market.plan.date_parts import DateParts
from market.plan.factors import Product
from market.plan.plan import PLAN_VERSION, NamedStatistic, Plan
from market.plan.schema import (
    BooleanColumn,
    CategoricalColumn,
    DateColumn,
    NumericColumn,
    PrivacyUnit,
    Schema,
)
from market.plan.statistics import BY_KIND
from world import household

SCHEMA = Schema(
    "visits",
    (
        NumericColumn(
            "visits", "0", "77", "Doctor visits", "visits per year", "midpoint", "3", "4",
            ("0", "1", "3", "6", "12", "77"),
        ),
        NumericColumn(
            "age", "18", "90", "Age", "years", "drop_row", None, None, ("18", "30", "65", "90")
        ),
        CategoricalColumn("health", ("poor", "good", "excellent"), "Self-rated health"),
        CategoricalColumn("region", ("north", "south", "west"), "Where they live"),
        BooleanColumn("insured", "Has private insurance", "false"),
        DateColumn(
            "admitted", "2019-11-01", "2021-02-03", "First day of the stay", "other",
            ("year", "month", "weekday"),
        ),
    ),
    PrivacyUnit("person", 3, "one respondent"),
    10_000,
    (Product("age", "age"), Product("age", "visits"), Product("health", "region")),
)  # fmt: skip
POLICY = replace(household.POLICY, statistics=tuple(BY_KIND))


def question(dataset: str) -> Plan:
    """All of it at once."""
    ds = Dataset(SCHEMA)
    visits, age, admitted = ds["visits"], ds["age"], ds["admitted"]
    assert isinstance(visits, BinnedNumber)
    assert isinstance(age, BinnedNumber)
    assert isinstance(admitted, DateParts)
    insured, others = ds[ds["insured"]], ds[~ds["insured"]]
    asked = {
        "respondents": ds.count(),
        "poor_and_old": ds[(ds["health"] == "poor") & (age >= 65)].count(),
        "gap": insured["visits"].mean() - others["visits"].mean(),
        "ages": age.histogram(),
        "visits_median": visits.median(),
        "by_health_and_region": ds.group_by("health", "region")["visits"].mean(),
        "line": ds.linear_regression("visits", ["age", "health"]),
        "tables": ds.contingency("health", "region", "insured"),
        "months": ds.group_by("admitted.year", "admitted.month").count(),
        "weekdays": admitted.weekday.histogram(),
        "synthetic": ds.synthesize(columns=["health", "region", "insured"], target="insured"),
    }
    named = (NamedStatistic(name, 1, one.statistic) for name, one in asked.items())
    return Plan(PLAN_VERSION, (dataset,), "gaussian", tuple(named))
