"""Every statistic there is works at a consortium: members' own sums, added, are the whole table's.

Nothing here names a statistic. The examples each one brings along are asked of tables that are
split among members, so one that is written tomorrow is held to the same without a line more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies.plans import Row, as_columns, is_answered, plans
from world.lattices import union_lattice
from world.local_parties import run_together

from crypto.accounting import LARGEST_RHO_UNITS
from crypto.mpc.programs.union import Union
from crypto.parameters import PRODUCTS
from market.plan.answers import Answer, answers
from market.plan.expression import Column
from market.plan.factors import Product
from market.plan.lowered import Lowered, lower
from market.plan.plan import PLAN_VERSION, NamedStatistic, Plan
from market.plan.schema import (
    BooleanColumn,
    CategoricalColumn,
    DateColumn,
    NumericColumn,
    PrivacyUnit,
    Schema,
)
from market.plan.statistics import BY_KIND, KINDS, Sum
from market.plan.uncertain import measured
from market.pricing.lattice import MemberLattice
from market.pricing.quote import quote
from market.tables.contributions import CountedInMemory
from market.tables.encode import Encoder, encode_table
from market.tables.local_moments import Sums
from market.tables.local_sums import local_sums
from market.tables.plaintext import plaintext_answers, plaintext_moments
from market.tables.table import batch_of

# Whole numbers between these bounds are multiples of 1/8 and 1/16 once mapped, and so on the
# lattice: nothing is rounded, and what is compared is compared exactly.
SCHEMA = Schema(
    "rows",
    (
        NumericColumn("x", "-8", "8", "x", "points", "midpoint", None, None, ("-8", "0", "3", "8")),
        NumericColumn("y", "0", "32", "y", "points", "drop_row", "20", "6"),
        CategoricalColumn("g", ("a", "18–24 (young)"), "a group"),
        BooleanColumn("flag", "a flag", "false"),
        DateColumn("day", "2024-01-01", "2024-12-31", "a day", "other", ("weekday",)),
    ),
    PrivacyUnit("person", 2, "a person"),
    4_096,
    (Product("x", "x"), Product("x", "y")),
)
RHO_UNITS = LARGEST_RHO_UNITS
"""The noise is there, and small beside what is compared."""


@dataclass(frozen=True, slots=True)
class Split:
    """Rows of different people at different members; a member with no rows has no data."""

    at: tuple[tuple[Row, ...], ...]

    @property
    def whole(self) -> list[Row]:
        return [row for rows in self.at for row in rows]

    @property
    def schema(self) -> Schema:
        """The joint one."""
        return replace(SCHEMA, name="joint", capacity_rows=len(self.at) * SCHEMA.capacity_rows)

    @property
    def lattice(self) -> MemberLattice:
        return union_lattice(self.schema, len(self.at))


@st.composite
def splits(draw: st.DrawFn) -> Split:
    row = st.fixed_dictionaries(
        {
            "x": st.integers(-12, 12) | st.none(),
            "y": st.integers(-3, 40) | st.none(),
            "g": st.sampled_from(("a", "18–24 (young)", "unheard of", None)),
            "flag": st.sampled_from((True, False, None)),
            "day": st.sampled_from(("2024-02-29", "2024-03-01T08:00", "1999-01-01", None)),
        }
    )
    at = []
    for member in range(draw(st.integers(3, 5))):
        rows = draw(st.lists(st.tuples(st.integers(1, 4), row), max_size=8))
        at.append(tuple({"person": f"{member}-{who}", **cells} for who, cells in rows))
    return Split(tuple(at))


def sums_at(rows: Sequence[Row], lowered: Lowered, lattice: MemberLattice) -> Sums:
    """What one member computes at home, from its own table."""
    encoder = Encoder(SCHEMA, CountedInMemory())
    batches = [encoder.encode(batch_of(as_columns(list(rows)), SCHEMA))] if rows else []
    return local_sums(SCHEMA, lowered.opened, batches, lattice.unit)


def answered(lowered: Lowered, sums: Sums, lattice: MemberLattice) -> tuple[Answer, ...]:
    """What a recipient reads off the sums, were they opened without noise."""
    opened = {
        one.id: measured(n / lattice.unit(one.degree, one.weight), sd=0.0, source=one.id)
        for one, n in zip(lowered.outputs, sums.tolist(), strict=True)
    }
    return answers(lowered, opened)


@settings(max_examples=80)
@given(splits(), st.data())
def test_sums_of_members_are_the_moments_of_the_whole_table(
    split: Split, data: st.DataObject
) -> None:
    lowered = lower(data.draw(plans(split.schema)), split.schema)
    lattice = split.lattice
    added = sum((sums_at(rows, lowered, lattice) for rows in split.at), np.int64(0))
    # A row of nobody's is dropped: it gives an empty table its columns.
    nobody: Row = dict.fromkeys(("person", "x", "y", "g", "flag", "day"))
    columns = encode_table(as_columns([*split.whole, nobody]), split.schema, PRODUCTS).columns
    wanted = plaintext_moments(lowered, columns)
    units = [lattice.unit(one.degree, one.weight) for one in lowered.outputs]
    exact = [wanted[one.id].value * unit for one, unit in zip(lowered.outputs, units, strict=True)]
    assert added.tolist() == exact
    assert answered(lowered, added, lattice) == answers(lowered, wanted)


def a_split(rows: int) -> Split:
    """Two members with so many rows each, and one without data."""
    random = np.random.default_rng(5)
    groups = ("a", "18–24 (young)", "other")

    def row(member: int, number: int) -> Row:
        x = int(random.integers(-2, 9))
        return {
            "person": f"{member}-{number}",
            "x": x,
            "y": max(0, min(32, 16 + x + int(random.integers(-6, 7)))),
            "g": groups[number % 3],
            "flag": bool(random.integers(2)),
            # Every eighth lies outside: no level of any key is without rows.
            "day": f"2024-05-{1 + int(random.integers(31)):02}" if number % 8 else "1999-01-01",
        }

    return Split((*(tuple(map(partial(row, m), range(rows))) for m in range(2)), ()))


def examples_of(kind: str, schema: Schema) -> Plan:
    """A plan that asks all that a kind shows of itself."""
    asked = [one for one in BY_KIND[kind].examples(schema.columns) if is_answered(one, schema)]
    assert asked
    named = [NamedStatistic(f"s{place}", 1, one) for place, one in enumerate(asked)]
    return Plan(PLAN_VERSION, ("joint",), "gaussian", tuple(named))


def in_shares(split: Split, plan: Plan) -> tuple[Answer, ...]:
    """All the way: priced, summed at home, noised and dealt by the members' program, opened."""
    lattice = split.lattice
    lowered = lower(plan, split.schema)
    priced = quote(lowered, RHO_UNITS, "0.000001", lattice)
    blocks = {
        point: [sums_at(rows, lowered, lattice).astype("<i8").tobytes()]
        for point, rows in enumerate(split.at, 1)
        if rows
    }
    program = Union(plan.law, tuple(output.scale_squared for output in priced.outputs))
    opened = run_together(program, blocks, members=len(split.at)).opened()
    moments = {
        output.output: output.moment(value, lattice)
        for output, value in zip(priced.outputs, opened, strict=True)
    }
    return answers(lowered, moments)


def test_weighted_sum_is_answered_in_shares() -> None:
    split = a_split(4_000)
    asked = NamedStatistic("s", 1, Sum(Column("y")))
    plan = Plan(PLAN_VERSION, ("joint",), "laplace", (asked,))
    assert [output.weights for output in lower(plan, split.schema).outputs] == [(1, 1)]
    (answer,) = in_shares(split, plan)
    (plain,) = plaintext_answers(plan, split.schema, as_columns(split.whole), PRODUCTS)
    for cell, truth in zip(answer.cells, plain.cells, strict=True):
        assert cell.value == pytest.approx(truth.value, abs=8 * (cell.error_95 or 0))
        assert 0 < (cell.error_95 or 0) < 0.01 * (truth.value or 0)


@pytest.mark.parametrize("kind", KINDS)
def test_statistic_is_answered_in_shares(kind: str) -> None:
    split = a_split(4_000)
    plan = examples_of(kind, split.schema)
    wanted = plaintext_answers(plan, split.schema, as_columns(split.whole), PRODUCTS)
    for answer, plain in zip(in_shares(split, plan), wanted, strict=True):
        for cell, truth in zip(answer.cells, plain.cells, strict=True):
            assert cell.labels == truth.labels
            assert cell.value is not None
            assert cell.error_95 is not None
            if cell.labels[:1] == ("scale",) and cell == truth:
                # Where components are not standardised, a scale is 1 by what was asked.
                continue
            assert truth.value is not None
            assert 0 < cell.error_95 < 0.01 * max(1, abs(truth.value))
            # Twelve standard deviations.
            assert abs(cell.value - truth.value) <= 6 * cell.error_95
