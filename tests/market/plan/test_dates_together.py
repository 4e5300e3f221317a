"""Parts of one date, asked together: what no declared day has is known to be 0, and not opened."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.parameters import PRODUCTS
from market.errors import Refused
from market.plan.answers import AnswerCell
from market.plan.asked import AskedStatistic
from market.plan.dataset import Dataset
from market.plan.dates import Part
from market.plan.factors import Indicator, Moment, Product, variables_of
from market.plan.lowered import Lowered, lower
from market.plan.plan import PLAN_VERSION, NamedStatistic, Plan
from market.plan.quantity import Quantity
from market.plan.schema import OTHER, DateColumn, NumericColumn, PrivacyUnit, Schema
from market.plan.statistics import Contingency, Count, GroupBy, Statistic
from market.tables.plaintext import plaintext_answers
from market.tables.table import Table

PARTS = get_args(Part)
STAY = DateColumn("stay", "2019-11-12", "2021-02-03", "a day", "other", PARTS)
VISITS = NumericColumn("visits", "2", "10", "visits", "", "low", None, None)
SCHEMA = Schema("clinic", (STAY, VISITS), PrivacyUnit(None, 1, "a row"), 100, ())
DS = Dataset(SCHEMA)
DAYS = ["2019-11-12", "2019-12-24", "2020-01-01", "2020-11-30", "2021-02-03", "2021-02-04", None]
ROWS: Table = {"stay": DAYS, "visits": [4.0] * len(DAYS)}


def level(part: Part, text: str) -> Quantity:
    return getattr(DS["stay"], part) == text  # type: ignore[no-any-return]


def clinic(first: datetime.date, days: int, *products: Product) -> Schema:
    """With so many declared days."""
    last = first + datetime.timedelta(days=days - 1)
    stay = replace(STAY, first=f"{first}", last=f"{last}")
    return replace(SCHEMA, columns=(stay, VISITS), products=products)


def plan_of(*statistics: Statistic) -> Plan:
    named = (NamedStatistic(f"s{place}", 1, one) for place, one in enumerate(statistics))
    return Plan(PLAN_VERSION, ("clinic",), "gaussian", tuple(named))


def lowered(statistic: Statistic, schema: Schema = SCHEMA) -> Lowered:
    return lower(plan_of(statistic), schema)


def cells(asked: AskedStatistic) -> tuple[AnswerCell, ...]:
    """An answer of seven rows, with a count beside it: a plan that opens nothing is refused."""
    answer, _ = plaintext_answers(plan_of(asked.statistic, Count()), SCHEMA, ROWS, PRODUCTS)
    return answer.cells


def possible(first: datetime.date, days: int, parts: tuple[str, ...]) -> set[tuple[str, ...]]:
    """What rows may have of some parts: the levels of a declared day, or OTHER in all."""
    some = [first + datetime.timedelta(days=place) for place in range(days)]
    written = {
        "year": [f"{day.year}" for day in some],
        "month": [f"{day.month}" for day in some],
        "weekday": [f"{day:%A}" for day in some],
    }
    return {*zip(*(written[part] for part in parts), strict=True), (OTHER,) * len(parts)}


def levels(moment: Moment) -> tuple[str, ...]:
    """Those of a moment, in the order of the parts."""
    variables = [one for factor in moment for one in variables_of(factor)]
    found = {one.column: one.level for one in variables if isinstance(one, Indicator)}
    return tuple(found[key] for part in PARTS if (key := f"stay.{part}") in found)


first_days = st.dates(datetime.date(1990, 1, 1), datetime.date(2030, 1, 1))
pairs = st.sampled_from([("year", "month"), ("year", "weekday"), ("month", "weekday")])


@given(first=first_days, days=st.integers(1, 900), parts=pairs)
def test_exactly_the_pairs_of_declared_days_are_opened(
    first: datetime.date, days: int, parts: tuple[str, ...]
) -> None:
    asked = Contingency(tuple(f"stay.{part}" for part in parts))
    opened = [levels(moment) for moment in lowered(asked, clinic(first, days)).moments]
    assert len(opened) == len(set(opened))
    assert set(opened) == possible(first, days, parts)


@given(first=first_days, days=st.integers(1, 70))
def test_exactly_the_triples_of_declared_days_are_opened(first: datetime.date, days: int) -> None:
    schema = clinic(first, days, Product("stay.month", "stay.weekday"))
    asked = GroupBy(tuple(f"stay.{part}" for part in PARTS), Count())
    opened = [levels(moment) for moment in lowered(asked, schema).moments]
    assert sorted(opened) == sorted(possible(first, days, PARTS))


def test_every_pair_is_answered_and_those_that_are_not_opened_are_zero() -> None:
    found = {cell.labels: cell for cell in cells(DS.group_by("stay.year", "stay.month").count())}
    assert len(found) == 4 * 13
    counted = {labels: cell.value for labels, cell in found.items() if cell.value}
    assert counted == {
        ("2019", "11"): 1,
        ("2019", "12"): 1,
        ("2020", "1"): 1,
        ("2020", "11"): 1,
        ("2021", "2"): 1,
        ("OTHER", "OTHER"): 2,
    }
    assert (found["2019", "3"].value, found["2019", "3"].error_95) == (0, 0)


def test_nobody_is_said_to_be_in_a_month_beyond_the_declared_days() -> None:
    nobody = DS.where(level("year", "2019") & level("month", "3"))
    (mean,) = cells(nobody["visits"].mean())
    assert (mean.value, mean.note) == (None, "No row can be in this group.")
    (total,) = cells(nobody["visits"].sum())
    assert (total.value, total.error_95) == (0, 0)


def test_everybody_is_outside_of_a_month_beyond_the_declared_days() -> None:
    everybody = ~(level("year", "2021") & level("month", "12"))
    assert [one.id for one in lowered(DS.where(everybody).count().statistic).outputs] == ["#valid"]
    either = level("year", "2021") | level("month", "12")
    (share,) = cells(either.proportion())
    assert share.value == pytest.approx(2 / 7)


def test_question_of_an_impossible_day_alone_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        lowered(DS.where(level("year", "2019") & level("month", "3")).count().statistic)
    assert refused.value.code == "plan-opens-nothing"
