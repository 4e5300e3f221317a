"""A declared product of any two columns is one encoded column: there is room for one more."""

from __future__ import annotations

import pandas as pd
import pytest
from strategies.oracles import direct

from crypto.parameters import PRODUCTS, SUMS
from market.errors import Refused
from market.plan.asked import AskedStatistic
from market.plan.dataset import Dataset
from market.plan.factors import Product
from market.plan.human import describe
from market.plan.lowered import Lowered, lower
from market.plan.plan import PLAN_VERSION, NamedStatistic, Plan
from market.plan.quantity import Quantity
from market.plan.schema import (
    BooleanColumn,
    CategoricalColumn,
    Column,
    NumericColumn,
    PrivacyUnit,
    Schema,
)
from market.pricing.lattice import ciphertext_lattice
from market.pricing.quote import quote
from market.tables.plaintext import plaintext_answers
from market.tables.twin import make_twin

COLUMNS: tuple[Column, ...] = (
    NumericColumn("visits", "0", "10", "visits", "visits", "midpoint", None, None),
    CategoricalColumn("sex", ("f", "m"), "sex"),
    CategoricalColumn("health", ("good", "poor"), "health"),
    CategoricalColumn("code", ("a", "b"), "a code", only_summed=True),
    BooleanColumn("child", "a child", "false"),
)


def schema_of(*products: tuple[str, str]) -> Schema:
    declared = tuple(Product(left, right) for left, right in products)
    return Schema("clinic", COLUMNS, PrivacyUnit(None, 1, "a row"), 1_000, declared)


def plan_of(asked: AskedStatistic) -> Plan:
    named = NamedStatistic("asked", 1, asked.statistic)
    return Plan(PLAN_VERSION, ("clinic",), "gaussian", (named,))


def mean_by_both(schema: Schema) -> AskedStatistic:
    by_both = Dataset(schema).group_by("sex", "health")["visits"]
    assert isinstance(by_both, Quantity)
    return by_both.mean()


@pytest.mark.parametrize("pair", [("health", "sex"), ("sex", "visits"), ("health", "visits")])
def test_mean_by_two_keys_needs_one_declared_pair(pair: tuple[str, str]) -> None:
    with pytest.raises(Refused, match="multiplies 3"):
        mean_by_both(schema_of())
    schema = schema_of(pair)
    plan, twin = plan_of(mean_by_both(schema)), make_twin(schema, 7, 300)
    (answer,) = plaintext_answers(plan, schema, twin, PRODUCTS)
    frame = pd.DataFrame(twin)
    wanted = direct(plan.statistics[0].statistic, frame, schema)
    assert len(answer.cells) == 9
    assert [cell.labels for cell in answer.cells][:2] == [("f", "good"), ("f", "poor")]
    for cell, value in zip(answer.cells, wanted, strict=True):
        if cell.value is not None:
            assert cell.value == pytest.approx(value, abs=1e-3)


def lowered_mean(schema: Schema, key: str) -> Lowered:
    by_key = Dataset(schema).group_by(key)["visits"]
    assert isinstance(by_key, Quantity)
    return lower(plan_of(by_key.mean()), schema)


@pytest.mark.parametrize("key", ["sex", "child"])
def test_mean_by_a_declared_key_is_linear(key: str) -> None:
    lowered = lowered_mean(schema_of((key, "visits")), key)
    assert not lowered.has_products
    assert quote(lowered, 10**10, "0.000001", ciphertext_lattice(1_000, SUMS)).rho_units


def test_levels_of_a_declared_pair_are_one_family() -> None:
    lowered = lowered_mean(schema_of(("sex", "visits")), "sex")
    assert [family.id for family in lowered.families] == ["sex=", "#valid", "sex=*visits"][::2]
    assert [len(family.outputs) for family in lowered.families] == [3, 3]


def test_person_reads_what_a_declared_pair_opens() -> None:
    said = describe(lowered_mean(schema_of(("sex", "visits")), "sex"))
    assert "sum of visits (visits, in visits; clipped to 0..10, then scaled to -1..1)" in said
    assert 'over the rows where sex is "f"' in said


@pytest.mark.parametrize(
    ("pair", "said"),
    [
        (("sex", "sex"), "its own square"),
        (("child", "child"), "its own square"),
        (("code", "visits"), "only summed"),
        (("age", "visits"), "no column age"),
    ],
)
def test_pair_that_cannot_be_encoded_is_no_declaration(pair: tuple[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        schema_of(pair)
