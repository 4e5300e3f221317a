"""Attack: a level whose name reads like a product must not lend it its noise.

An owner declares the level `good&visits` (or is talked into it). If names of sums are joined text,
the count of that level and the sum of `good × visits` have one name; scales are kept by name, so
the product, on the squared lattice, would be opened under the noise of a count: none to speak of.
"""

from __future__ import annotations

import pytest
from world.lattices import agg_lattice

from market.plan.category import Category
from market.plan.dataset import Dataset
from market.plan.lowered import lower
from market.plan.plan import NamedStatistic, NoiseLaw, Plan
from market.plan.schema import CategoricalColumn, NumericColumn, PrivacyUnit, Schema
from market.pricing.quote import quote

SCHEMA = Schema(
    "clinic",
    (
        NumericColumn("visits", "0", "50", "visits", "per year", "midpoint", None, None),
        CategoricalColumn("health", ("good", "good&visits"), "health"),
    ),
    PrivacyUnit("person", 5, "a person"),
    4_000,
    (),
)
DS = Dataset(SCHEMA)
RHO = 10**10


def plan_of(law: NoiseLaw) -> Plan:
    health = DS["health"]
    assert isinstance(health, Category)
    questions = {
        "both": DS.group_by("health")["visits"].sum(),
        "levels": health.histogram(),
    }
    return Plan(
        3,
        ("visits",),
        law,
        tuple(NamedStatistic(name, 1, q.statistic) for name, q in questions.items()),
    )


@pytest.mark.parametrize("law", ["gaussian", "laplace"])
def test_product_keeps_noise_of_its_own_degree(law: NoiseLaw) -> None:
    lattice = agg_lattice(SCHEMA)
    priced = quote(lower(plan_of(law), SCHEMA), RHO, "0.000001", lattice)
    assert {len(output.columns) for output in priced.outputs} == {1, 2}
    for output in priced.outputs:
        assert lattice.variance(law, output.scale_squared) > lattice.unit(output.degree) ** 2


def test_every_sum_has_a_name_of_its_own() -> None:
    outputs = lower(plan_of("gaussian"), SCHEMA).outputs
    assert len({output.id for output in outputs}) == len(outputs)
