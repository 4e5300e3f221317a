"""A program made for a dataset builds, is sold, and has a price, as it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies.plans import schemas
from world import household

from crypto.parameters import PRODUCTS
from market.client.questions.first_program import first_program
from market.errors import Refused
from market.plan.lowered import lower
from market.plan.plan import Plan
from market.plan.program import run_program
from market.plan.program_input import ProgramInput
from market.plan.schema import Schema
from market.plan.statistics import KINDS
from market.policy.budget.price import price_of
from market.pricing.lattice import ciphertext_lattice
from market.records.listing import Policy


def program_of(schema: Schema, policy: Policy) -> str:
    lattice = ciphertext_lattice(schema.capacity_rows, PRODUCTS)
    return first_program("visits-2024", schema, policy, lattice)


def plan_of(text: str, schema: Schema) -> Plan:
    with TemporaryDirectory() as directory:
        (Path(directory) / "job.py").write_text(text, "utf-8")
        plan, _trace = run_program(Path(directory), ProgramInput(("visits-2024",), schema))
    return plan


@settings(max_examples=30)
@given(
    schema=schemas(),
    sold=st.lists(st.sampled_from(KINDS), min_size=1, unique=True),
    recomputation=st.booleans(),
)
def test_every_question_in_it_is_sold(schema: Schema, sold: list[str], recomputation: bool) -> None:
    policy = replace(household.POLICY, statistics=tuple(sold), recomputation=recomputation)
    try:
        text = program_of(schema, policy)
    except Refused:
        # Nothing that it begins with is sold; what is counted alone always is.
        assert "count" not in sold
        return
    lowered = lower(plan_of(text, schema), schema)
    lattice = ciphertext_lattice(schema.capacity_rows, PRODUCTS)
    price_of(lowered, policy, "0.5", lattice)


def test_it_asks_the_datasets_own_columns_in_several_ways() -> None:
    policy = replace(household.POLICY, statistics=KINDS, recomputation=True)
    plan = plan_of(program_of(household.SCHEMA, policy), household.SCHEMA)
    names = [one.name for one in plan.statistics]
    assert names[0] == "rows"
    assert 4 <= len(names) <= 8
    assert any("_by_" in name for name in names)


def test_where_nothing_of_it_is_sold_it_says_so() -> None:
    policy = replace(household.POLICY, statistics=("synthesize",))
    with pytest.raises(Refused, match="nothing a program begins with"):
        program_of(household.SCHEMA, policy)
