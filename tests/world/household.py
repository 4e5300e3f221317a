"""The dataset that the portal's tests sell: a household survey, and what buyers ask of it."""

from __future__ import annotations

from crypto.gaussian_profile import gaussian_rho_units
from market.plan.decimals import fraction_of
from market.plan.expression import Column
from market.plan.factors import Product
from market.plan.plan import NamedStatistic, Plan
from market.plan.schema import (
    BooleanColumn,
    CategoricalColumn,
    NumericColumn,
    PrivacyUnit,
    Schema,
)
from market.plan.statistics import Count, GroupBy, Histogram, Mean
from market.records.listing import Description, Policy

DATASET = "household-visits"
SCHEMA = Schema(
    name="visits",
    columns=(
        NumericColumn(
            "visits", "0", "77", "Doctor visits", "visits per year", "midpoint", "3", "4"
        ),
        NumericColumn("age", "18", "90", "Age", "years", "drop_row", None, None),
        CategoricalColumn("health", ("poor", "good", "excellent"), "Self-rated health"),
        BooleanColumn("insured", "Has private insurance", "false"),
    ),
    privacy_unit=PrivacyUnit("person", 3, "one respondent"),
    capacity_rows=10_000,
    products=(Product("age", "visits"), Product("visits", "visits")),
)
PLAN = Plan(
    3,
    (DATASET,),
    "gaussian",
    (
        NamedStatistic("respondents", 1, Count()),
        NamedStatistic("average_visits", 2, Mean(Column("visits"))),
        NamedStatistic("health_levels", 1, Histogram("health")),
        NamedStatistic("visits_by_health", 2, GroupBy(("health",), Mean(Column("visits")))),
    ),
)
DESCRIPTION = Description(
    title="Household doctor visits",
    summary="Doctor visits of respondents to a household survey, with age and health.",
    provenance="A survey of 2025, answered at home and checked twice.",
    licence="CC BY 4.0 for released statistics",
    terms="Statistics may be published with their errors. No attempt to single anybody out.",
)
POLICY = Policy(
    budget_rho_units=10**12,
    buyer_rho_units=2 * 10**11,
    job_rho_units=gaussian_rho_units(fraction_of("1"), fraction_of("0.000001")),
    delta="0.000001",
    statistics=("count", "sum", "mean", "variance", "histogram", "covariance", "group_by"),
    access="open",
    approval="automatic",
    recomputation=True,
    price_cents=1_250,
)
