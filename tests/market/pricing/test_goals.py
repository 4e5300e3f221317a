"""Accuracy first: what is found meets every stated error, and a little less would not."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from strategies.plans import Case, cases
from world.lattices import agg_lattice, union_lattice

from market.errors import Refused
from market.plan.expression import Column, Level
from market.plan.lowered import Lowered, lower, with_shares
from market.plan.plan import PLAN_VERSION, NamedStatistic, NoiseLaw, Plan
from market.plan.schema import (
    BooleanColumn,
    CategoricalColumn,
    DateColumn,
    NumericColumn,
    PrivacyUnit,
    Schema,
)
from market.plan.statistics import (
    Count,
    GroupBy,
    Histogram,
    Mean,
    Statistic,
    Sum,
    Where,
)
from market.plan.statistics.logistic_regression import LogisticRegression
from market.plan.statistics.terms import Term
from market.pricing.expected_errors import errors_alone
from market.pricing.goals import Goal, Reached, is_met, reach, read_goals
from market.pricing.lattice import Lattice
from market.pricing.quote import Quote, quote, quote_at

DELTA = "0.000001"
SCHEMA = Schema(
    "clinic",
    (
        NumericColumn("x", "0", "10", "a number", "points", "low", "2", "1"),
        NumericColumn("y", "0", "10", "a number", "points", "low", None, None),
        CategoricalColumn("g", ("a", "b"), "a group", ("0.9", "0.1", "0")),
    ),
    PrivacyUnit(None, 1, "a row"),
    9_000,
    (),
)
LATTICE = agg_lattice(SCHEMA)


def asked(law: NoiseLaw = "gaussian", **named: Statistic) -> Lowered:
    statistics = tuple(NamedStatistic(name, 1, one) for name, one in named.items())
    return lower(Plan(PLAN_VERSION, ("clinic",), law, statistics), SCHEMA)


def quoted(lowered: Lowered, epsilon: Fraction, lattice: Lattice = LATTICE) -> Quote:
    return quote_at(lowered, epsilon, DELTA, lattice)


def goals(**errors: str) -> tuple[Goal, ...]:
    return read_goals([f"{name}<={error}" for name, error in errors.items()])


def is_least(found: Reached, wanted: tuple[Goal, ...], lattice: Lattice = LATTICE) -> bool:
    epsilon = Fraction(found.epsilon)
    below = quoted(found.lowered, epsilon - Fraction(1, 10**6), lattice)
    return is_met(quoted(found.lowered, epsilon, lattice), wanted) and not is_met(below, wanted)


@pytest.mark.parametrize("law", ["gaussian", "laplace"])
def test_stated_errors_are_met_and_a_little_less_meets_them_not(law: NoiseLaw) -> None:
    lowered = asked(law, rows=Count(), mean=Mean(Column("x")), levels=Histogram("g"))
    wanted = goals(rows="30", mean="0.05", levels="60")
    assert is_least(reach(lowered, wanted, DELTA, LATTICE), wanted)


def test_members_reach_a_stated_error_too() -> None:
    wanted = goals(rows="30", mean="0.05")
    lowered, lattice = asked(rows=Count(), mean=Mean(Column("x"))), union_lattice(SCHEMA)
    assert is_least(reach(lowered, wanted, DELTA, lattice), wanted, lattice)


def test_no_other_shares_reach_it_with_less() -> None:
    lowered = asked(rows=Count(), x=Sum(Column("x")), y=Sum(Column("y")))
    wanted = goals(rows="10", x="200", y="900")
    found = reach(lowered, wanted, DELTA, LATTICE)
    best = quoted(found.lowered, Fraction(found.epsilon)).rho_units
    for shares in ((1, 1, 1), (2, 1, 1), (5, 3, 1), (10, 5, 1), (3, 4, 2)):
        other = with_shares(lowered, shares)
        # A sixth less: each of two families may lie just below its rung.
        priced = quote(other, best * 5 // 6, DELTA, LATTICE)
        assert not is_met(priced, wanted)


def test_error_of_an_answer_of_several_numbers_holds_for_each() -> None:
    lowered = asked(means=GroupBy(("g",), Mean(Column("x"))))
    with pytest.raises(Refused) as refused:
        # Nobody is in the last group, by the owner's reference.
        reach(lowered, goals(means="0.5"), DELTA, LATTICE)
    assert refused.value.code == "error-undefined"
    schema = replace(SCHEMA, columns=(*SCHEMA.columns[:2], CategoricalColumn("g", ("a",), "g")))
    lowered = lower(lowered.plan, schema)
    found = reach(lowered, goals(means="0.5"), DELTA, LATTICE)
    (means,) = errors_alone(quoted(found.lowered, Fraction(found.epsilon)))
    assert all(Decimal(error or "9") <= Decimal("0.5") for error in means)


def test_statistic_without_a_stated_error_gets_the_least_share() -> None:
    lowered = asked(rows=Count(), x=Sum(Column("x")))
    found = reach(lowered, goals(rows="10"), DELTA, LATTICE)
    assert found.shares == {"rows": 1000, "x": 1}


@settings(max_examples=8)
@given(cases())
def test_whatever_is_quoted_can_be_asked_for(case: Case) -> None:
    lattice = agg_lattice(case.schema)
    lowered = lower(case.plan, case.schema)
    priced = quoted(lowered, Fraction(2), lattice)
    errors = {
        one.name: max((Decimal(error or 0) for error in of_one), default=0)
        for one, of_one in zip(priced.statistics, errors_alone(priced), strict=True)
        if all(error is not None for error in of_one)
    }
    wanted = tuple(Goal(name, error) for name, error in errors.items() if error)
    assume(wanted)
    found = reach(lowered, wanted, DELTA, lattice)
    # What two epsilons meet with even shares, a better division meets with no more.
    assert Fraction(found.epsilon) <= 2 + Fraction(1, 100)
    assert is_met(quoted(found.lowered, Fraction(found.epsilon), lattice), wanted)


def test_division_that_loses_a_spread_gives_way_to_the_one_before() -> None:
    x = NumericColumn(
        "x", low="11", high="12", meaning="x", unit="points", null="midpoint",
        reference_mean="11.25", reference_sd="0.125", bins=("11", "11.125", "11.25", "12"),
    )  # fmt: skip
    y = NumericColumn(
        "y", low="0", high="1", meaning="y", unit="points", null="midpoint",
        reference_mean=None, reference_sd=None, bins=("0", "0.5", "1"),
    )  # fmt: skip
    schema = replace(
        SCHEMA,
        columns=(
            x,
            y,
            BooleanColumn("flag", meaning="a flag", null="false"),
            DateColumn(
                "day", first="2019-02-27", last="2020-02-29", meaning="a day", null="other",
                parts=("year", "month"),
            ),
        ),
        privacy_unit=PrivacyUnit("person", 2, "a person"),
        capacity_rows=4000,
        products=(),
    )  # fmt: skip
    january = Level("day.month", "1")
    terms = tuple(Term(Column(name), name) for name in ("x", "y", "flag"))
    statistics = (
        NamedStatistic("bin", 1, Where(Level("x.bin", "[11, 11.125)"), Count())),
        NamedStatistic("model", 1, LogisticRegression(january, terms)),
        NamedStatistic("sum", 1, Where(january, Sum(Column("x")))),
        NamedStatistic("rows", 4, Count()),
    )
    lowered = lower(Plan(PLAN_VERSION, ("visits",), "gaussian", statistics), schema)
    lattice = agg_lattice(schema)
    priced = quoted(lowered, Fraction(2), lattice)
    wanted = tuple(
        Goal(one.name, max(Decimal(error or 0) for error in of_one))
        for one, of_one in zip(priced.statistics, errors_alone(priced), strict=True)
        if all(error is not None for error in of_one) and any(map(Decimal, of_one))
    )
    found = reach(lowered, wanted, DELTA, lattice)
    assert Fraction(found.epsilon) <= 2 + Fraction(1, 100)
    assert is_met(quoted(found.lowered, Fraction(found.epsilon), lattice), wanted)


@pytest.mark.parametrize(
    ("texts", "code"),
    [
        (["mean"], "error-malformed"),
        (["mean<0.5"], "error-malformed"),
        (["mean<=0"], "error-malformed"),
        (["mean<=-1"], "error-malformed"),
        (["mean<=1e5"], "error-malformed"),
        (["mean<=1.2.3"], "error-malformed"),
        (["mean<=0.5", "mean <= 0.6"], "error-twice"),
    ],
)
def test_stated_error_that_cannot_be_read_is_refused(texts: list[str], code: str) -> None:
    with pytest.raises(Refused) as refused:
        read_goals(texts)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("stated", "code"), [("other<=1", "error-unknown"), ("rows<=0.0001", "error-too-small")]
)
def test_stated_error_that_cannot_be_met_is_refused(stated: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        reach(asked(rows=Count()), read_goals([stated]), DELTA, LATTICE)
    assert refused.value.code == code
