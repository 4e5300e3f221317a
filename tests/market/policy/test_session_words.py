"""A question to a consortium in words, and when its arithmetic must be verified."""

from __future__ import annotations

import pytest
from world.consortium_builders import (
    a_consortium,
    a_join_proposal,
    a_proposal,
    agent_of,
    agreement_of,
)
from world.people import CAROL, DORA, HUGO, OLGA

from market.plan.expression import Column, Multiply
from market.plan.lowered import Lowered, lower
from market.plan.plan import NamedStatistic, NoiseLaw, Plan
from market.plan.schema import Schema
from market.plan.statistics import Count, GroupBy, Histogram, Mean, Statistic, Sum
from market.policy.consortia.session_words import describe_session
from market.policy.consortia.verification import needs_verification, unverified
from market.records.agreement import Agreement
from market.records.consortium import Proposal

RECIPIENT = "5e" * 20


def asked(schema: Schema, *statistics: Statistic, law: NoiseLaw = "gaussian") -> Lowered:
    named = tuple(NamedStatistic(f"s{i}", 1, one) for i, one in enumerate(statistics))
    return lower(Plan(3, (schema.name,), law, named), schema)


def agreed(proposal: Proposal) -> Agreement:
    return agreement_of(a_consortium(proposal=proposal))


def words(agreement: Agreement, lowered: Lowered, *, is_verified: bool = True) -> list[str]:
    shown = describe_session(agreement, lowered, is_verified=is_verified, recipient=RECIPIENT)
    return shown.splitlines()


def test_union_says_who_computes_and_that_each_sums_its_own() -> None:
    agreement = agreed(a_proposal())
    lowered = asked(agreement.proposal.schema, Count(), Mean(Column("age")))
    shown = words(agreement, lowered, is_verified=False)
    assert agreement.sentence in "\n".join(shown)
    assert any("at most 1 of them colluding" in line for line in shown)
    assert any("not verified" in line for line in shown)
    assert any(RECIPIENT in line for line in shown)
    assert "  1-2: union; every member sums its own rows, and the sums are added in shares" in shown
    for organisation in (OLGA, CAROL, DORA):
        assert f"  {organisation.organisation}: nothing but its own" in shown


def test_join_tells_counts_from_one_members_columns_and_from_both() -> None:
    agreement = agreed(a_join_proposal())
    lowered = asked(
        agreement.proposal.schema,
        Count(),
        Sum(Column("age")),
        Sum(Multiply(Column("age"), Column("spent"))),
    )
    shown = "\n".join(words(agreement, lowered))
    assert "  1: join; the people in common are counted in shares" in shown
    assert "  2-3: join; columns of one member, over the people in common, in shares" in shown
    assert "  4: join; columns of both members, multiplied row by row in shares" in shown
    assert agreement.sentence in shown
    helper = f"  {HUGO.organisation}: how many people the other two have in common"
    assert helper in shown
    assert "whoever cheats breaks the run off" in shown


@pytest.mark.parametrize(
    ("law", "said"),
    [("gaussian", "any 2 shares are enough"), ("laplace", "the first 2 members by key")],
)
def test_noise_is_said_to_be_made_by_the_members(law: NoiseLaw, said: str) -> None:
    agreement = agreed(a_proposal())
    shown = words(agreement, asked(agreement.proposal.schema, Count(), law=law))
    assert any(line.startswith(f"Noise: {law}") and said in line for line in shown)


def test_operators_seat_and_a_member_without_data_are_named() -> None:
    agreement = agreed(a_join_proposal())
    shown = words(agreement, asked(agreement.proposal.schema, Count()))
    assert f"  {HUGO.organisation}, without data" in shown
    assert agreement.member_of(agent_of(HUGO.organisation)).table is None


JOIN = a_join_proposal().schema
UNION = a_proposal().schema


@pytest.mark.parametrize(
    ("composition", "lowered", "needed"),
    [
        ("join", asked(JOIN, Count()), False),
        ("join", asked(JOIN, Count(), Sum(Column("age"))), True),
        ("join", asked(JOIN, Sum(Multiply(Column("age"), Column("spent")))), True),
        ("join", asked(JOIN, Sum(Column("insured"))), True),
        ("union", asked(UNION, Count(), Mean(Column("age")), Histogram("region")), False),
        ("union", asked(UNION, GroupBy(("region",), Mean(Column("age")))), False),
    ],
)
def test_join_needs_verification_for_all_but_its_count(
    composition: str, lowered: Lowered, needed: bool
) -> None:
    assert needs_verification(composition, lowered) is needed
    denied = unverified(composition, lowered, is_verified=False)
    assert (denied.code if denied else "") == ("session-unverified" if needed else "")
    assert unverified(composition, lowered, is_verified=True) is None
