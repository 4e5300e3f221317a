"""Attack: a job that picks one person out with indicators, and magnifies them with constants.

The noise is made for one unit: whatever the plan does, the change one person makes stays below
sqrt(2 rho) standard deviations, over all that is opened together.
"""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from world.lattices import agg_lattice

from crypto.parameters import PRODUCTS
from market.plan.answers import answers
from market.plan.asked import AskedStatistic
from market.plan.dataset import Dataset
from market.plan.lowered import lower
from market.plan.plan import NamedStatistic, Plan
from market.plan.schema import (
    BooleanColumn,
    CategoricalColumn,
    NumericColumn,
    PrivacyUnit,
    Schema,
)
from market.plan.uncertain import Uncertain
from market.pricing.quote import Quote, quote
from market.tables.encode import encode_table
from market.tables.plaintext import plaintext_moments

SCHEMA = Schema(
    "clinic",
    (
        NumericColumn("visits", "0", "50", "visits", "per year", "midpoint", None, None),
        CategoricalColumn("health", ("good", "poor"), "health"),
        BooleanColumn("child", "a child", "false"),
    ),
    PrivacyUnit("person", 5, "a person"),
    4_000,
    (),
)
RHO = 10**10
OTHERS = {
    "visits": [3.0, 7.0, 20.0] * 40,
    "health": ["good", "good", "poor"] * 40,
    "child": [True, False, False] * 40,
    "person": [f"p{row}" for row in range(120)],
}
TARGET = {"visits": 50.0, "health": "poor", "child": True, "person": "target"}
WITH_TARGET = {name: [*column, *[TARGET[name]] * 5] for name, column in OTHERS.items()}

DS = Dataset(SCHEMA)
POOR_CHILD = (DS["health"] == "poor") * DS["child"]
CONSTANTS = ("1", "1000000", "999999999999999999", "0.000000000000001")


def plan_of(*questions: AskedStatistic) -> Plan:
    named = [NamedStatistic(f"s{i}", q.share, q.statistic) for i, q in enumerate(questions)]
    return Plan(3, ("visits",), "gaussian", tuple(named))


def opened(plan: Plan, table: dict[str, list[object]]) -> dict[str, Uncertain]:
    """The exact moments of a table, with the noise the quote gives them."""
    encoded = encode_table(table, SCHEMA, PRODUCTS).columns
    lowered = lower(plan, SCHEMA)
    exact = plaintext_moments(lowered, encoded)
    return {
        output.output: output.noised(exact[output.output].value, agg_lattice(SCHEMA))
        for output in quote(lowered, RHO, "0.000001", agg_lattice(SCHEMA)).outputs
    }


def quote_of(plan: Plan) -> Quote:
    return quote(lower(plan, SCHEMA), RHO, "0.000001", agg_lattice(SCHEMA))


def distance_in_sds(plan: Plan) -> float:
    """How far the target moves everything opened, in standard deviations of its noise."""
    here, gone = opened(plan, WITH_TARGET), opened(plan, OTHERS)
    return math.hypot(*((here[name].value - gone[name].value) / here[name].sd for name in here))


LIMIT = math.sqrt(2 * RHO / 10**12)

ATTACKS = {
    "one selected sum": plan_of(POOR_CHILD.sum()),
    "magnified": plan_of((POOR_CHILD * 1_000_000).sum()),
    "magnified twice": plan_of((POOR_CHILD * 1_000_000 * 1_000_000).sum().weighted(1_000)),
    "repeated": plan_of(*((POOR_CHILD * factor).sum() for factor in range(1, 50))),
    "shifted": plan_of((POOR_CHILD * 1_000_000 - 999_999).sum(), DS.count()),
    "differenced": plan_of((DS["child"] * DS["visits"]).sum(), (DS["child"] * 50).sum()),
    "grouped": plan_of(DS.group_by("health")[DS["child"]].mean(), POOR_CHILD.sum()),
    "everything": plan_of(
        POOR_CHILD.mean(),
        DS.count(),
        (DS["visits"] ** 2).sum(),
        DS["visits"].correlation(DS["child"]),
        DS.group_by("health")["visits"].sum(),
    ),
}


@pytest.mark.parametrize("plan", ATTACKS.values(), ids=ATTACKS)
def test_one_person_stays_within_the_noise(plan: Plan) -> None:
    distance = distance_in_sds(plan)
    assert 0 < distance <= LIMIT


@pytest.mark.parametrize("constant", CONSTANTS)
def test_constant_scales_the_noise_as_it_scales_the_person(constant: str) -> None:
    plan = plan_of((POOR_CHILD * Decimal(constant)).sum())
    cells = [answers(lower(plan, SCHEMA), opened(plan, table))[0].cells[0] for table in
             (WITH_TARGET, OTHERS)]  # fmt: skip
    change = cells[0].value - cells[1].value
    assert change == pytest.approx(5 * float(constant))
    # Five rows of one person, and noise for five rows: that of the rung that is paid for.
    paid = math.sqrt(2e-12 * quote_of(plan).rho_units)
    assert change * 1.959964 / cells[0].error_95 == pytest.approx(paid, rel=1e-6)
    assert paid <= LIMIT


def test_repeating_a_question_does_not_thin_its_noise() -> None:
    assert quote_of(ATTACKS["repeated"]).outputs == quote_of(ATTACKS["one selected sum"]).outputs
