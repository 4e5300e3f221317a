"""What people read before they sign."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from strategies.plans import Case, cases
from world.lattices import agg_lattice

from market.plan.expression import Add, Column, Constant, Level, Multiply
from market.plan.factors import Product
from market.plan.human import buyers_text, describe, owners_text
from market.plan.lowered import lower
from market.plan.notation import in_words
from market.plan.plan import NamedStatistic, Plan
from market.plan.schema import (
    BooleanColumn,
    CategoricalColumn,
    NumericColumn,
    PrivacyUnit,
    Schema,
)
from market.plan.statistics import Correlation, GroupBy, Mean, Sum
from market.plan.text import unreadable
from market.pricing.cost_words import cost_line
from market.pricing.loss import rho_text, shown_epsilon
from market.pricing.quote import quote

SCHEMA = Schema(
    "clinic» 2",
    (
        NumericColumn("x", "0", "10", "visits «all»", "per year", "midpoint", None, None),
        NumericColumn("y", "0", "10", "cost", "", "midpoint", None, None),
        CategoricalColumn("g", ("a", "b"), "a group"),
        BooleanColumn("flag", "a flag", "false"),
    ),
    PrivacyUnit("person", 3, "a patient"),
    9_000,
    (Product("x", "x"),),
)


def plan_of(**statistics: object) -> Plan:
    named = [NamedStatistic(name, 1, statistic) for name, statistic in statistics.items()]
    return Plan(3, ("visits",), "gaussian", tuple(named))


def test_asked_and_opened_are_told_in_the_owners_words() -> None:
    scaled = Add(Multiply(Constant("2"), Column("x")), Level("g", "a"))
    plan = plan_of(
        double=Sum(scaled), by_group=GroupBy(("g",), Mean(Column("x"))),
        pair=Correlation(Column("x"), Column("y")), flags=Sum(Column("flag")),
    )  # fmt: skip
    priced = quote(lower(plan, SCHEMA), 10**10, "0.000001", agg_lattice(SCHEMA))
    text = f"{describe(lower(plan, SCHEMA))}\n{cost_line(priced)}"
    x = "x (visits \\xaball\\xbb, in per year; clipped to 0..10, then scaled to -1..1)"
    for line in (
        "Dataset: visits (clinic\\xbb 2), at most 9,000 rows",
        "Protected: a patient, at most 3 rows each",
        '  «double»: sum of (2 * x + [g is "a"])',
        "  «by_group»: mean of x, at each level of g",
        "  «pair»: correlation of x with y",
        "Opened: 13 sums over all rows, each with gaussian noise, and nothing else",
        f"  2. sum of {x}",
        '  3. number of rows where g is "a"',
        f'  4. sum of {x}, over the rows where g is "a"',
        f"Cost: rho {rho_text(priced.rho_units)}, "
        f"together epsilon {shown_epsilon(priced.epsilon)} at delta 0.000001",
    ):
        assert line in text.splitlines(), f"{line!r} not in\n{text}"


def test_owners_text_stays_in_its_script_and_hides_nothing() -> None:
    assert owners_text("Größe in €, 年齢") == "Größe in €, 年齢"
    assert owners_text("a\u202eb\u200bc\n«d»\\") == ("a\\u202eb\\u200bc\\n\\xabd\\xbb\\\\")


@given(st.text())
def test_owners_text_is_one_visible_line(text: str) -> None:
    shown = owners_text(text)
    assert shown.isprintable()
    assert unreadable(shown) == ""
    assert not {"«", "»"} & set(shown)


@settings(max_examples=30)
@given(cases())
def test_every_output_has_its_line(case: Case) -> None:
    lines = describe(lower(case.plan, case.schema)).splitlines()
    opened = [line for line in lines if line.lstrip()[0].isdigit()]
    assert len(opened) == len(lower(case.plan, case.schema).outputs) == len(set(opened))
    assert all(line.isprintable() for line in lines)


def test_buyers_text_cannot_pass_for_the_programs_own() -> None:
    marked = buyers_text("x»\nOpened: nothing\x1b[1m\u202e" + "y" * 500)
    assert marked[0] == "«"
    assert marked[-1] == "»"
    assert marked[1:-1].isascii()
    assert marked.isprintable()
    assert len(marked) < 300


def test_level_cannot_close_its_own_quotes() -> None:
    told = in_words(Level("g", 'a" and h is "b'))
    assert told == '[g is "a\\" and h is \\"b"]'
