"""What synthetic rows are made of: every count of a level, and of a pair of levels, once."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import pandas as pd
import pytest
from hypothesis import given
from strategies.oracles import direct
from strategies.plans import Case, as_columns, cases, clean_frame
from world.lattices import agg_lattice

from crypto.parameters import PRODUCTS
from market import wire
from market.errors import Refused
from market.plan.asked import AskedStatistic
from market.plan.dataset import Dataset
from market.plan.human import describe
from market.plan.lowered import lower
from market.plan.moments import MAXIMUM_OUTPUTS
from market.plan.plan import PLAN_VERSION, NamedStatistic, Plan
from market.plan.schema import (
    BooleanColumn,
    CategoricalColumn,
    NumericColumn,
    PrivacyUnit,
    Schema,
)
from market.plan.statistics import Contingency, Histogram, Synthesize
from market.pricing.quote import quote
from market.tables.plaintext import plaintext_answers

SCHEMA = Schema(
    "survey",
    (
        NumericColumn("age", "0", "100", "age", "years", "midpoint", None, None),
        CategoricalColumn("health", ("good", "poor"), "health"),
        CategoricalColumn("region", ("north", "south"), "region", only_summed=True),
        BooleanColumn("child", "a child", "false"),
        BooleanColumn("plan", "a plan", "false"),
        NumericColumn("wage", "0", "9", "wage", "", "low", None, None, ("0", "3", "9")),
    ),
    PrivacyUnit(None, 1, "a row"),
    4_000,
    (),
)
DS = Dataset(SCHEMA)


def oracle(asked: Synthesize, frame: pd.DataFrame, schema: Schema) -> list[float]:
    single = [value for key in asked.columns for value in direct(Histogram(key), frame, schema)]
    return single + direct(Contingency(asked.columns), frame, schema)


def plan_of(asked: AskedStatistic) -> Plan:
    return Plan(
        PLAN_VERSION, ("survey",), "gaussian", (NamedStatistic("rows", 1, asked.statistic),)
    )


def wide(*sizes: int) -> Dataset:
    columns = tuple(
        CategoricalColumn(f"c{place}", tuple(f"l{level}" for level in range(size - 1)), "a column")
        for place, size in enumerate(sizes)
    )
    return Dataset(Schema("wide", columns, PrivacyUnit(None, 1, "a row"), 4_000, ()))


@given(cases())
def test_counts_are_those_of_the_rows_labelled_by_columns_and_levels(case: Case) -> None:
    ds = Dataset(case.schema)
    (answer,) = plaintext_answers(
        plan_of(ds.synthesize()), case.schema, as_columns(case.rows), PRODUCTS
    )
    frame = clean_frame(case.rows, case.schema)
    frame = frame.assign(flag=frame["flag"].map({1.0: "true", 0.0: "false"}))
    wanted = {}
    for key in ds.keys:
        for level in ds.levels(key):
            wanted[key, level] = (frame[key] == level).sum()
    for one, other in combinations(ds.keys, 2):
        for level in ds.levels(one):
            for second in ds.levels(other):
                both = (frame[one] == level) & (frame[other] == second)
                wanted[one, other, level, second] = both.sum()
    found = {cell.labels: cell.value for cell in answer.cells}
    assert found == pytest.approx(wanted, abs=1e-3)


def test_every_sum_is_opened_once_and_booleans_cost_one_column() -> None:
    lowered = lower(plan_of(DS.synthesize(columns=["health", "child", "plan"])), SCHEMA)
    assert [output.id for output in lowered.outputs] == [
        "health=good", "health=poor", "health=OTHER", "child", "#valid", "plan",
        "child&health=good", "child&health=poor", "child&health=OTHER",
        "health=good&plan", "health=poor&plan", "health=OTHER&plan", "child&plan",
    ]  # fmt: skip
    assert len(lowered.families) == 7


def test_all_keys_are_taken_but_those_that_are_only_summed() -> None:
    statistic = DS.synthesize().statistic
    assert isinstance(statistic, Synthesize)
    assert statistic.columns == ("health", "child", "plan", "wage.bin")


def test_rows_target_and_method_are_in_the_plan_and_open_nothing_more() -> None:
    usual = plan_of(DS.synthesize())
    steered = plan_of(DS.synthesize(rows=5_000, target="child", method="mwem"))
    assert lower(usual, SCHEMA).outputs == lower(steered, SCHEMA).outputs
    assert wire.decode(Plan, wire.encode(steered)) == steered
    assert usual != steered


@pytest.mark.parametrize(
    ("ask", "code", "words"),
    [
        (lambda: DS.synthesize(columns=["health"]), "plan-synthesis", "1 columns"),
        (lambda: DS.synthesize(columns=["health", "health"]), "plan-synthesis", "distinct"),
        (lambda: DS.synthesize(columns="health"), "plan-synthesis", "'health'"),
        (lambda: DS.synthesize(rows=0), "plan-synthesis", "0 rows"),
        (lambda: DS.synthesize(rows=1.5), "plan-synthesis", "1.5 rows"),
        (lambda: DS.synthesize(rows=True), "plan-synthesis", "True rows"),
        (lambda: DS.synthesize(target="age"), "plan-synthesis", "'age'"),
        (lambda: DS.synthesize(method="gan"), "plan-synthesis", "'gan'"),
        (lambda: DS.synthesize(columns=["health", "age"]), "plan-not-categorical", "age"),
        (lambda: DS.synthesize(columns=["health", "height"]), "plan-column", "height"),
        (lambda: DS.synthesize(columns=["wage", "wage.bin"]), "plan-keys", "the same column"),
        (lambda: DS.where(DS["plan"]).synthesize(), "plan-degree", "multiplies"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    ask: Callable[[], AskedStatistic], code: str, words: str
) -> None:
    with pytest.raises(Refused) as refused:
        ask()
    assert refused.value.code == code
    assert words in refused.value.message


def test_only_summed_columns_are_refused_by_name() -> None:
    with pytest.raises(Refused) as refused:
        lower(plan_of(DS.synthesize(columns=["health", "region"])), SCHEMA)
    assert refused.value.code == "plan-only-summed"
    assert "region" in refused.value.message


def test_too_wide_a_question_names_the_columns_to_leave_out() -> None:
    with pytest.raises(Refused) as refused:
        wide(40, 60, 5, 30).synthesize()
    assert refused.value.code == "plan-too-wide"
    pairs = 40 * 60 + 40 * 5 + 40 * 30 + 60 * 5 + 60 * 30 + 5 * 30
    assert f"are {pairs + 135} sums" in refused.value.message
    assert "c1 (60 levels);" in refused.value.next_action


def test_widest_question_that_fits_is_taken() -> None:
    ds = wide(62, 64)
    assert MAXIMUM_OUTPUTS >= 62 * 64 + 62 + 64
    assert len(lower(plan_of(ds.synthesize()), ds.schema).outputs) == 62 * 64 + 62 + 64
    with pytest.raises(Refused, match="at most"):
        wide(63, 64).synthesize()


def test_table_of_two_hundred_columns_is_refused_before_anything_is_written_out() -> None:
    with pytest.raises(Refused) as refused:
        wide(*[10] * 200).synthesize()
    assert refused.value.code == "plan-too-wide"
    assert f"are {2_000 + 100 * 200 * 199 // 2} sums" in refused.value.message


def test_budget_that_a_batch_cannot_be_divided_into_is_refused_with_the_least() -> None:
    lowered = lower(plan_of(DS.synthesize()), SCHEMA)
    with pytest.raises(Refused) as refused:
        quote(lowered, len(lowered.families) - 1, "0.000001", agg_lattice(SCHEMA))
    assert refused.value.code == "plan-budget-too-small"
    assert "fewer statistics" in refused.value.next_action


def test_print_says_what_the_counts_are_for() -> None:
    text = describe(lower(plan_of(DS.synthesize()), SCHEMA))
    assert (
        "to make synthetic rows: number of rows at each level of health, child, plan, wage.bin"
        in text
    )
