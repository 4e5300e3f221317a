"""A join that no worker could hold is refused before anybody signs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from world.consortium_builders import a_join_proposal, a_proposal, join_schemas

from crypto.mpc.programs import join_arguments
from market.plan.expression import Column
from market.plan.lowered import Lowered, lower
from market.plan.plan import NamedStatistic, Plan
from market.plan.statistics import Count, Statistic, Sum
from market.policy.consortia import session_fit
from market.policy.consortia.session_fit import too_large, unfit
from market.records.consortium import Proposal


def joined(rows: int) -> Proposal:
    """A join whose second table holds so many rows; the first as many."""
    first, second = join_schemas()
    return a_join_proposal(
        schemas=(replace(first, capacity_rows=rows), replace(second, capacity_rows=rows))
    )


def asked(proposal: Proposal, *statistics: Statistic) -> Lowered:
    named = tuple(NamedStatistic(f"s{place}", 1, one) for place, one in enumerate(statistics))
    return lower(Plan(3, (proposal.consortium,), "gaussian", named), proposal.schema)


def test_limits_are_the_workers_own() -> None:
    for name in ("MOST_ROWS", "MOST_COLUMNS", "MOST_CELLS"):
        assert getattr(session_fit, name) == getattr(join_arguments, name)


@pytest.mark.parametrize(
    ("rows", "is_refused"), [(2**22, False), (2**22 + 1, True), (2**24 + 1, True)]
)
def test_bits_of_a_table_are_counted_with_its_capacity_full(rows: int, is_refused: bool) -> None:
    proposal = joined(rows)
    denied = too_large(proposal, asked(proposal, Sum(Column("age"))))
    assert (denied is not None) == is_refused
    if denied:
        assert denied.code == "join-too-large"
        assert f"16 bits for each of {rows} rows" in denied.message


def test_bits_are_those_of_what_is_asked_alone() -> None:
    proposal = joined(2**24)
    assert too_large(proposal, asked(proposal, Count())) is None
    assert too_large(proposal, asked(proposal, Sum(Column("insured")))) is None
    both = asked(proposal, Sum(Column("age")), Sum(Column("insured")))
    denied = too_large(proposal, both)
    assert denied is not None
    assert "2 columns, 17 bits" in denied.message


def test_union_deals_sums_however_many_rows_there_are() -> None:
    proposal = a_proposal(schemas=(replace(a_proposal().schemas[0], capacity_rows=2**25),))
    assert unfit(proposal, asked(proposal, Sum(Column("age"))), is_verified=False) is None


def test_what_is_not_verified_is_said_first() -> None:
    proposal = joined(2**24)
    denied = unfit(proposal, asked(proposal, Sum(Column("age"))), is_verified=False)
    assert denied is not None
    assert denied.code == "session-unverified"
