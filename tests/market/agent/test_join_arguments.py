"""What members of a join are asked for is what the plan says of the joined table.

Two tables are joined in the clear by their people's normal ids, and a plan is read by the plaintext
reader; the same plan, asked of the two tables apart, goes through the members' program.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies.plans import Row, as_columns, is_answered, plans
from world.consortium_builders import a_consortium, a_join_proposal, agent_of
from world.local_parties import run_together
from world.people import CAROL, OLGA

from crypto.accounting import LARGEST_RHO_UNITS
from crypto.joint_noise import JointNoise
from crypto.mpc import field
from crypto.mpc.noise import draw_noise
from crypto.mpc.programs import join
from crypto.mpc.programs.join import Join
from crypto.mpc.programs.join_arguments import MATCH, Column
from crypto.parameters import PRODUCTS
from market.agent.sessions.join_arguments import join_arguments, own_factors
from market.plan import expression
from market.plan.answers import answers
from market.plan.factors import Boolean, Indicator
from market.plan.lowered import Lowered, lower
from market.plan.plan import PLAN_VERSION, NamedStatistic, Plan
from market.plan.schema import (
    BooleanColumn,
    CategoricalColumn,
    NumericColumn,
    PrivacyUnit,
    Schema,
)
from market.plan.statistics import BY_KIND, KINDS, Count, GroupBy, Histogram, Sum
from market.pricing.lattice import member_lattice
from market.pricing.quote import Quote, quote
from market.records.agreement import Agreement
from market.tables.contributions import CountedInMemory
from market.tables.encode import Encoder, encode_table
from market.tables.join_columns import LARGEST_CODE, join_columns
from market.tables.plaintext import moment_value, plaintext_answers
from market.tables.table import batch_of

PERSON = PrivacyUnit("person", 1, "a person")
# Whole numbers between these bounds have codes that nothing is rounded for: 65535 = 255 * 257.
LEFT = Schema(
    "shop",
    (
        NumericColumn("spent", "0", "255", "spent", "EUR", "low", None, None, ("0", "128", "255")),
        CategoricalColumn("club", ("gold", "18–24 (young)"), "a club"),
    ),
    PERSON,
    40,
    (),
)
RIGHT = Schema(
    "bank",
    (
        NumericColumn("saved", "-15", "240", "saved", "EUR", "midpoint", None, None),
        BooleanColumn("card", "has a card", "false"),
        CategoricalColumn("branch", ("north",), "a branch"),
    ),
    PERSON,
    60,
    (),
)
SPELLINGS: tuple[Callable[[int], str], ...] = (str, "0{}".format, " {} ".format, "{}.0".format)
Tables = tuple[list[Row], list[Row]]


@pytest.fixture(scope="module")
def agreement() -> Agreement:
    found = a_consortium("agreed", a_join_proposal(schemas=(LEFT, RIGHT)), bound=False).agreement
    assert found is not None
    return found


@pytest.fixture(name="drawn", scope="module")
def record_noise() -> Iterator[list[list[int]]]:
    """The noise that members really drew, as they drew it."""
    drawn: list[list[int]] = []

    def record(noises: Sequence[JointNoise], *, point: int, entropy: bytes) -> field.Signed:
        values = draw_noise(noises, point=point, entropy=entropy)
        drawn.append(values.tolist())
        return values

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(join, "draw_noise", record)
        yield drawn


@st.composite
def tables(draw: st.DrawFn) -> Tables:
    """The same people in any order, under any spelling of their ids, some at one member alone."""
    number = st.integers(-20, 300)
    left = st.fixed_dictionaries(
        {"spent": number, "club": st.sampled_from(("gold", "18–24 (young)", "tin", None))}
    )
    right = st.fixed_dictionaries(
        {
            "saved": number,
            "card": st.booleans(),
            "branch": st.sampled_from(("north", "south")),
        }
    )
    return draw(_rows(left)), draw(_rows(right))


def _rows(cells: st.SearchStrategy[Row]) -> st.SearchStrategy[list[Row]]:
    people = st.lists(st.integers(1, 9), unique=True, max_size=8)
    row = st.tuples(st.sampled_from(SPELLINGS), cells)
    return people.flatmap(
        lambda ids: st.tuples(*(row for _ in ids)).map(
            lambda rows: [
                {"person": spell(person), **of}
                for person, (spell, of) in zip(ids, rows, strict=True)
            ]
        )
    )


def joined(both: Tables) -> list[Row]:
    """The rows of whoever is in both; one of nobody's, which is dropped, gives their names."""
    left, right = ({int(float(str(row["person"]))): row for row in rows} for rows in both)
    nobody = dict.fromkeys(("person", *(c.name for c in (*LEFT.columns, *RIGHT.columns))))
    return [*(left[who] | right[who] for who in left.keys() & right.keys()), nobody]


def blocks_at(agreement: Agreement, lowered: Lowered, both: Tables) -> dict[int, Sequence[bytes]]:
    """What each of the two hands to its worker, by its point."""
    blocks = {}
    for schema, rows, holder in zip((LEFT, RIGHT), both, (OLGA, CAROL), strict=True):
        encoder = Encoder(schema, CountedInMemory())
        batches = [encoder.encode_people(batch_of(as_columns(rows), schema))] if rows else []
        columns = join_columns(own_factors(schema, lowered.moments), batches)
        blocks[agreement.point_of(agent_of(holder.organisation))] = columns.blocks()
    return blocks


def priced_of(agreement: Agreement, lowered: Lowered) -> Quote:
    return quote(lowered, LARGEST_RHO_UNITS, "0.000001", member_lattice(agreement.proposal))


@settings(max_examples=40, deadline=None)
@given(tables(), st.data())
def test_members_compute_the_moments_of_the_joined_table(
    agreement: Agreement, drawn: list[list[int]], both: Tables, data: st.DataObject
) -> None:
    schema = agreement.proposal.schema
    # A join has no pure epsilon.
    lowered = lower(replace(data.draw(plans(schema)), law="gaussian"), schema)
    priced = priced_of(agreement, lowered)
    drawn.clear()
    program = Join(join_arguments(agreement, priced))
    blocks = blocks_at(agreement, lowered, both)
    opened = run_together(program, blocks, members=3, is_verified=True).opened()
    columns = encode_table(as_columns(joined(both)), schema, PRODUCTS).columns
    noise = (sum(each) for each in zip(*drawn, strict=True))
    for output, value, noised in zip(lowered.outputs, opened, noise, strict=True):
        unit = LARGEST_CODE**output.degree
        # The product of at most two numbers below 2^16, summed over at most 8 rows, is exact in a
        # double but for the last bits of the mapping.
        assert value - noised == round(moment_value(output, columns) * unit)


@pytest.mark.parametrize("kind", KINDS)
def test_statistic_is_answered_over_the_people_in_both(agreement: Agreement, kind: str) -> None:
    """Whatever kinds there are: their examples, asked of columns of both members."""
    random, schema = np.random.default_rng(7), agreement.proposal.schema
    left: list[Row] = [
        {"person": str(n), "spent": int(random.integers(256)), "club": ("gold", "x", "y")[n % 3]}
        for n in range(36)
    ]
    for row in left[::5]:
        row["club"] = "18–24 (young)"
    right: list[Row] = [
        {
            "person": f"{n}.0",
            "saved": min(240, int(random.integers(60)) + n),
            "card": n % 3 == 0,
            "branch": ("north", "south")[n % 2],
        }
        for n in range(6, 60)
    ]
    asked = [one for one in BY_KIND[kind].examples(schema.columns) if is_answered(one, schema)]
    named = [NamedStatistic(f"s{place}", 1, one) for place, one in enumerate(asked)]
    plan = Plan(PLAN_VERSION, (schema.name,), "gaussian", tuple(named))
    priced = priced_of(agreement, lower(plan, schema))
    program = Join(join_arguments(agreement, priced))
    blocks = blocks_at(agreement, priced.lowered, (left, right))
    opened = run_together(program, blocks, members=3, is_verified=True).opened()
    moments = {
        output.output: output.moment(value, priced.lattice)
        for output, value in zip(priced.outputs, opened, strict=True)
    }
    wanted = plaintext_answers(plan, schema, as_columns(joined((left, right))), PRODUCTS)
    for answer, plain in zip(answers(priced.lowered, moments), wanted, strict=True):
        for cell, truth in zip(answer.cells, plain.cells, strict=True):
            assert cell.value is not None
            assert cell.error_95 is not None
            if cell.labels[:1] == ("scale",) and cell == truth:
                # Where components are not standardised, a scale is 1 by what was asked.
                continue
            assert 0 < cell.error_95 < 0.2 * max(1, abs(truth.value))
            # Twelve standard deviations.
            assert abs(cell.value - truth.value) <= 6 * cell.error_95


def test_what_no_moment_asks_of_stays_at_home(agreement: Agreement) -> None:
    schema = agreement.proposal.schema
    spent = Sum(expression.Column("spent"))
    asked = (Histogram("branch"), GroupBy(("branch",), spent), Sum(expression.Column("card")))
    named = tuple(NamedStatistic(f"s{place}", 1, one) for place, one in enumerate(asked))
    lowered = lower(Plan(PLAN_VERSION, (schema.name,), "gaussian", named), schema)
    arguments = join_arguments(agreement, priced_of(agreement, lowered))
    assert [one.column for one in own_factors(LEFT, lowered.moments)] == ["spent"]
    assert [column.bits for column in arguments.left.columns] == [16]
    north, other, card = own_factors(RIGHT, lowered.moments)
    assert (north, other) == (Indicator("branch", "north"), Indicator("branch", "OTHER"))
    assert card == Boolean("card")
    branches, again, cards = arguments.right.columns
    # The two levels exclude each other; the card is a group of its own.
    assert branches == again == Column(1, branches.group)
    assert cards.group != branches.group
    met = {frozenset(output.factors) for output in arguments.outputs}
    assert {frozenset({("left", 0), ("right", 0)}), frozenset({("right", 2)})} <= met


def test_count_deals_no_column(agreement: Agreement) -> None:
    schema = agreement.proposal.schema
    plan = Plan(PLAN_VERSION, (schema.name,), "gaussian", (NamedStatistic("n", 1, Count()),))
    arguments = join_arguments(agreement, priced_of(agreement, lower(plan, schema)))
    assert arguments.left.columns == arguments.right.columns == ()
    assert [output.factors for output in arguments.outputs] == [(MATCH,)]
    assert not Join(arguments).needs_verification
