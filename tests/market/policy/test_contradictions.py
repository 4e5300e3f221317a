"""What a policy sells and cannot answer: said by the rule that will refuse it."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies.plans import schemas
from world.builders import a_policy
from world.lattices import agg_lattice

from market.errors import Refused
from market.plan.dataset import Dataset
from market.plan.factors import Product
from market.plan.lowered import lower
from market.plan.plan import NamedStatistic, Plan
from market.plan.schema import (
    BooleanColumn,
    CategoricalColumn,
    NumericColumn,
    PrivacyUnit,
    Schema,
)
from market.plan.statistics import BY_KIND, KINDS, Statistic, kinds_of
from market.plan.statistics.variance import Variance
from market.policy.budget.admission import admission
from market.policy.budget.contradictions import unanswerable
from market.policy.budget.shapes import Shapes
from market.records.listing import Policy

NUMBER = NumericColumn("visits", "0", "10", "visits", "", "midpoint", None, None)
SCHEMA = Schema(
    "clinic",
    (
        NUMBER,
        CategoricalColumn("health", ("good",), "health"),
        BooleanColumn("child", "a child", "false"),
    ),
    PrivacyUnit(None, 1, "a row"),
    100,
    (),
)


def policy_of(*statistics: str, recomputation: bool = False) -> Policy:
    return replace(a_policy(), statistics=statistics, recomputation=recomputation)


def found(policy: Policy, schema: Schema = SCHEMA) -> dict[str, tuple[str, ...]]:
    return {one.kind: one.some for one in unanswerable(policy, schema)}


def test_a_table_may_have_more_numbers_than_a_matrix_takes() -> None:
    columns = tuple(replace(NUMBER, name=f"item_{place}") for place in range(51))
    wide = replace(SCHEMA, columns=(*columns, *SCHEMA.columns))
    kinds = ("covariance_matrix", "correlation_matrix", "principal_components")
    assert found(policy_of(*kinds, recomputation=True), wide) == {}


def test_groups_of_a_column_that_is_only_summed_are_named_with_what_to_change() -> None:
    columns = (NUMBER, CategoricalColumn("health", ("good",), "health", only_summed=True))
    policy = policy_of("count", "mean", "group_by", recomputation=True)
    (one,) = unanswerable(policy, replace(SCHEMA, columns=columns))
    assert "kept as sums only" in one.sentence
    assert one.sentence.endswith(
        'Declare only_summed = false for that column, or take "group_by" out of statistics.'
    )


def test_groups_without_recomputation_are_named_with_what_to_change() -> None:
    plain = replace(SCHEMA, columns=tuple(one for one in SCHEMA.columns if one.name != "child"))
    (one,) = unanswerable(policy_of("mean", "group_by"), plain)
    assert one.sentence == (
        "group_by is sold, but none can be answered: it multiplies encrypted columns, and "
        "`recomputation = false` allows declared products only. Set recomputation = true, or "
        'declare products such as ["health", "visits"].'
    )


def test_variance_without_its_square_is_named_by_column() -> None:
    (one,) = unanswerable(policy_of("variance"), SCHEMA)
    # A boolean is its own square.
    assert one.some == ("variance of visits",)
    assert one.change == (
        'Set recomputation = true, or declare products such as ["visits", "visits"].'
    )
    binned = (replace(NUMBER, bins=("0", "5", "10")), *SCHEMA.columns[1:])
    squared = replace(SCHEMA, columns=binned, products=(Product("visits", "visits"),))
    assert found(policy_of("variance"), squared) == {}


def test_groups_of_nothing_sold_are_named() -> None:
    (one,) = unanswerable(policy_of("histogram", "group_by", recomputation=True), SCHEMA)
    assert one.sentence == (
        "group_by is sold, but none can be answered: it needs one of count, sum, mean, variance, "
        'and none of them is sold. Add "count" to statistics.'
    )


def test_statistic_without_a_column_of_its_kind_is_named() -> None:
    plain = replace(SCHEMA, columns=(NUMBER,))
    lacking = ("histogram", "covariance", "correlation", "group_by")
    policy = policy_of("count", "sum", "mean", "variance", *lacking, recomputation=True)
    assert found(policy, plain) == dict.fromkeys(lacking, ())


def test_policy_with_recomputation_answers_all_it_sells() -> None:
    binned = (replace(NUMBER, bins=("0", "5", "10")), *SCHEMA.columns[1:])
    squared = replace(SCHEMA, columns=binned, products=(Product("visits", "visits"),))
    assert found(policy_of(*KINDS, recomputation=True), squared) == {}


def test_variance_by_group_without_its_square_is_beyond_the_engine() -> None:
    (one,) = unanswerable(policy_of("variance", "group_by", recomputation=True), SCHEMA)
    assert one.sentence == (
        "group_by is sold, but not all (not variance of visits, at each level of health, variance "
        "of visits, at each level of child) can be answered: It multiplies 3 encrypted columns "
        '(health is "good", visits, visits); the engine opens sums of products of at most 2. '
        'Declare products of the columns in it, or take "group_by" out of statistics.'
    )


@settings(max_examples=25)
@given(schemas(), st.sets(st.sampled_from(KINDS), min_size=1), st.booleans())
def test_what_is_not_named_is_admitted(
    schema: Schema, kinds: set[str], recomputation: bool
) -> None:
    policy = policy_of(*sorted(kinds), recomputation=recomputation)
    named = found(policy, schema)
    for kind, question in asked(schema):
        plan = Plan(3, ("visits",), "gaussian", (NamedStatistic("one", 1, question),))
        if kind in kinds - set(named) and kinds.issuperset(kinds_of(question)):
            assert admission(policy, lower(plan, schema), 0, agg_lattice(schema)) is None, (
                kind,
                question,
            )
        if kind in named and named[kind] == ():
            assert is_turned_away(policy, plan, schema), (kind, question)


@settings(max_examples=25)
@given(schemas(), st.booleans())
def test_statistics_of_one_shape_are_admitted_alike(schema: Schema, recomputation: bool) -> None:
    policy, shapes = policy_of(*KINDS, recomputation=recomputation), Shapes(schema)
    by_shape: dict[Hashable, bool] = {}
    for kind, question in asked(schema):
        plan = Plan(3, ("visits",), "gaussian", (NamedStatistic("one", 1, question),))
        denied = is_turned_away(policy, plan, schema)
        assert by_shape.setdefault(shapes.of(question), denied) == denied, (kind, question)


def test_names_and_meanings_make_no_shape_and_bounds_and_products_do() -> None:
    others = replace(NUMBER, name="stays"), replace(NUMBER, name="weeks", high="52")
    columns = (*SCHEMA.columns, *others)
    plain = Shapes(replace(SCHEMA, columns=columns))
    visits, stays, weeks = Variance.examples((NUMBER, *others))
    assert plain.of(visits) == plain.of(stays) != plain.of(weeks)
    squared = replace(SCHEMA, columns=columns, products=(Product("visits", "visits"),))
    assert Shapes(squared).of(visits) != Shapes(squared).of(stays)


def is_turned_away(policy: Policy, plan: Plan, schema: Schema) -> bool:
    try:
        return admission(policy, lower(plan, schema), 0, agg_lattice(schema)) is not None
    except Refused:
        return True


def asked(schema: Schema) -> list[tuple[str, Statistic]]:
    """Everything a program asks of plain columns."""
    columns = schema.columns
    return [(kind, one) for kind, node in BY_KIND.items() for one in node.examples(columns)]


def test_refusal_says_epsilon_beside_rho() -> None:
    policy = replace(policy_of("count"), job_rho_units=10**10)
    plan = Plan(
        3, ("visits",), "gaussian", (NamedStatistic("n", 1, Dataset(SCHEMA).count().statistic),)
    )
    denied = admission(policy, lower(plan, SCHEMA), 2 * 10**10, agg_lattice(SCHEMA))
    assert denied is not None
    assert denied.message == (
        "The job costs rho 0.0200 (epsilon 0.84 of Gaussian noise); one job may cost rho 0.0100 "
        "(epsilon 0.58 of Gaussian noise)."
    )
    with pytest.raises(Refused, match="over-job-cap"):
        raise denied.error()
