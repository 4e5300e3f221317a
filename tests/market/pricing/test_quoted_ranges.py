"""A quote's range holds the error that is opened: of every kind, over tables whose owners declared
nothing of how their values lie, and over the same tables where they did.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies.plans import cases as drawn_cases
from strategies.plans import is_answered
from world.builders import a_schema
from world.lattices import agg_lattice
from world.noised_moments import NoisedMoments
from world.rand_models import RAND, rand_frame

from market.demo.rand_table import rand_table
from market.owner.declaration.describe import parse_declaration
from market.plan.answers import AnswerCell, answers
from market.plan.expression import Column
from market.plan.factors import Indicator, Numeric, Product
from market.plan.lowered import lower
from market.plan.plan import PLAN_VERSION, NamedStatistic, Plan
from market.plan.schema import (
    BooleanColumn,
    CategoricalColumn,
    DateColumn,
    NumericColumn,
    Schema,
)
from market.plan.statistics import (
    BY_KIND,
    Correlation,
    Count,
    GroupBy,
    Histogram,
    Mean,
    StandardDeviation,
    Statistic,
    Variance,
)
from market.plan.statistics.covariance_matrix import CovarianceMatrix
from market.pricing.expected_errors import QuotedCell, errors_alone, expected_errors, quoted_cells
from market.pricing.plausible import plausible_tables
from market.pricing.quote import quote
from market.pricing.reference import EXPECTED, Supposed, expected_moments, is_declared

RHO_UNITS: Final = 5 * 10**11
EXAMPLES_OF_A_KIND: Final = 3
FIXED: Final = frozenset({"count", "sum", "histogram", "contingency", "synthesize"})
MODELS: Final = frozenset({"linear_regression", "logistic_regression", "principal_components"})
"""Their errors are those of an inverse, or of an eigenvector: where features nearly determine each
other hardly anything is known of a coefficient, and no owner says that they do not. Their ranges
are as wide as that."""
DEMO = Path(__file__).parents[3] / "market" / "templates" / "dataset.toml"


@dataclass(frozen=True, slots=True)
class Case:
    schema: Schema
    table: pd.DataFrame


def clinic_table(rows: int = 3_400) -> pd.DataFrame:
    """Visits as clinics have them: most in one region, cheap, insured, and on a working day."""
    draw = np.random.default_rng(20)
    days = np.arange("2023-01-01", "2025-01-01", dtype="datetime64[D]")
    weekend = (days.astype(int) + 3) % 7 >= 5
    chance = np.where(weekend, 0.15, 1.0) * np.linspace(0.4, 1.0, len(days))
    age = np.clip(draw.normal(52, 19, rows), 0, 100).round()
    return pd.DataFrame(
        {
            "age": age,
            "cost": np.clip(draw.lognormal(4.6 + age / 90, 0.8), 0, 5_000).round(2),
            "region": draw.choice(("north", "south", "abroad"), rows, p=(0.72, 0.25, 0.03)),
            "insured": draw.random(rows) < 0.93 - age / 800,
            "day": np.datetime_as_string(draw.choice(days, rows, p=chance / chance.sum())),
        }
    )


AGES = ("0", "18", "40", "65", "100")
CLINIC = a_schema(
    columns=(
        NumericColumn("age", "0", "100", "age", "years", "midpoint", None, None, AGES),
        NumericColumn("cost", "0", "5000", "cost", "EUR", "low", None, None),
        CategoricalColumn("region", ("north", "south"), "where the clinic stands"),
        BooleanColumn("insured", "whether an insurance paid", "false"),
        DateColumn("day", "2023-01-01", "2024-12-31", "the day", "other", ("year", "weekday")),
    ),
    products=(Product("age", "age"), Product("insured", "region")),
)


def declared(schema: Schema, **said: tuple[str, ...]) -> Schema:
    """With references: a mean and a standard deviation, or shares."""

    def known(column: object) -> object:
        match column:
            case NumericColumn(name=name) if name in said:
                mean, sd = said[name]
                return replace(column, reference_mean=mean, reference_sd=sd)
            case CategoricalColumn(name=name) if name in said:
                return replace(column, reference_shares=said[name])
            case _:
                return column

    return replace(schema, columns=tuple(map(known, schema.columns)))


@cache
def cases() -> dict[str, Case]:
    visits = replace(RAND.columns[0], bins=("0", "1", "2", "4", "8", "16", "77"))
    demo = parse_declaration(DEMO.read_text("utf-8")).schema
    clinic = declared(CLINIC, age=("50", "20"), cost=("250", "250"), region=("0.7", "0.25", "0.05"))
    return {
        "RAND": Case(replace(RAND, columns=(visits, *RAND.columns[1:])), rand_frame()),
        # Without the one number that its owner says nothing of.
        "RAND, declared": Case(replace(demo, columns=demo.columns[:3]), rand_table()),
        "clinic": Case(CLINIC, clinic_table()),
        "clinic, declared in part": Case(clinic, clinic_table()),
    }


@dataclass(frozen=True, slots=True)
class Told:
    """One number, as it was quoted and as it was opened."""

    statistic: Statistic
    quoted: QuotedCell
    opened: AnswerCell

    @property
    def is_held(self) -> bool:
        error, least, most = self.opened.error_95, self.quoted.least, self.quoted.most
        if error is None or least is None:
            return most is None
        if not self.quoted.is_range:
            return error == pytest.approx(float(least), rel=1e-3)
        return float(least) <= error <= float(most or "inf")

    @property
    def factor(self) -> float:
        """The most by the least."""
        least, most = float(self.quoted.least or 0), float(self.quoted.most or "inf")
        return most / least if least else most and math.inf


@cache
def told(name: str) -> tuple[Told, ...]:
    """What was quoted and opened of a few statistics of every kind that a table answers."""
    case, asked = cases()[name], []
    for node in BY_KIND.values():
        examples = node.examples(case.schema.columns)
        some = [one for one in examples if is_answered(one, case.schema)]
        # Of those by group, what divides by its rows: sums and counts have the errors of others.
        by_rows = [one for one in some if isinstance(getattr(one, "statistic", None), Mean)]
        asked += (by_rows or some)[:EXAMPLES_OF_A_KIND]
    return tuple(one for statistic in asked for one in told_about(statistic, case))


def told_about(statistic: Statistic, case: Case) -> Iterator[Told]:
    noised = NoisedMoments(statistic, case.schema, case.table, RHO_UNITS)
    (answer,) = noised.releases(1, seed=9)
    (cells,) = quoted_cells(noised.priced)
    for quoted, opened in zip(cells, answer.cells, strict=True):
        if has_its_own_error(opened):
            yield Told(statistic, quoted, opened)


def has_its_own_error(cell: AnswerCell) -> bool:
    """Whether it is that of its noise: not where it is said to be rough, nor where the interval is
    longer on one side, because it ends with what is possible, or because a count made room for
    others that noise had carried below 0."""
    if cell.low is None or cell.high is None:
        return not cell.note
    return not cell.note and cell.high - cell.low > 1.999 * (cell.error_95 or 0)


@pytest.mark.parametrize("name", cases())
def test_every_error_opened_lies_in_the_range_quoted(name: str) -> None:
    assert [one for one in told(name) if not one.is_held] == []
    # Every kind is among them, but of the demo's table, which has no bins and a single key.
    asked = {one.statistic.tag for one in told(name)}
    assert asked == set(BY_KIND) or name == "RAND, declared"


@pytest.mark.parametrize("name", cases())
def test_what_only_adds_has_one_error_whatever_the_table(name: str) -> None:
    errors = [one.quoted for one in told(name) if one.statistic.tag in FIXED]
    assert {error.is_range for error in errors} == {False}
    assert all(error.expected == error.least == error.most for error in errors)


def test_ranges_are_narrow_where_all_is_declared() -> None:
    # Half as many rows double an error; how columns go together, nobody declares.
    wide = {one.statistic.tag for one in told("RAND, declared") if one.factor > 4}
    assert wide <= MODELS | {"correlation", "correlation_matrix"}
    correlations = [one for one in told("RAND, declared") if "correlation" in one.statistic.tag]
    assert max(one.factor for one in correlations) < 10


@pytest.mark.parametrize("name", cases())
def test_ranges_say_something_where_nothing_is_declared(name: str) -> None:
    """Of two narrow numbers a correlation is known a hundred times worse than of two wide ones; of
    a column that is yes as often as no, the variance has no error to first order, so that what it
    has elsewhere is any number of times as much."""
    yes_or_no = {"deductible", "insured"}
    factors = {
        (one.statistic.words, one.quoted.labels): one.factor
        for one in told(name)
        if one.statistic.tag not in MODELS and not is_variance_of(one, yes_or_no)
    }
    assert max(factors.values()) < 250


def is_variance_of(one: Told, names: set[str]) -> bool:
    match one.statistic:
        case Variance(of=Column(name=name)) | StandardDeviation(of=Column(name=name)):
            return name in names
        case GroupBy(statistic=Variance(of=Column(name=name))):
            return name in names
        case CovarianceMatrix():
            return set(one.quoted.labels) <= names
        case _:
            return False


def test_correlation_is_not_quoted_as_if_values_spread_evenly() -> None:
    """Visits and diseases lie close together beside their bounds: seven times less is known of
    their correlation than of evenly spread numbers."""
    (one,) = told_about(Correlation(Column("visits"), Column("disease")), cases()["RAND"])
    assert one.opened.error_95 > 5 * float(one.quoted.expected)
    assert float(one.quoted.least) < one.opened.error_95 < float(one.quoted.most)


def test_mean_of_a_poor_group_opens_within_its_range() -> None:
    """Its owner declares that two in a hundred are in poor health, and three in two hundred are."""
    asked = GroupBy(("health",), Mean(Column("visits")))
    (poor,) = (
        one for one in told_about(asked, cases()["RAND, declared"]) if "poor" in one.quoted.labels
    )
    assert poor.opened.error_95 > 1.3 * float(poor.quoted.expected)
    assert float(poor.quoted.least) < poor.opened.error_95 < float(poor.quoted.most)
    assert poor.factor < 4


def test_sums_that_agree_with_each_other_are_quoted_as_exactly_as_they_open() -> None:
    asked = NamedStatistic("rows", 1, Count()), NamedStatistic("levels", 1, Histogram("region"))
    lowered = lower(Plan(PLAN_VERSION, ("visits",), "gaussian", asked), CLINIC)
    priced = quote(lowered, RHO_UNITS, "0.000001", agg_lattice(CLINIC))
    moments = {output.output: output.noised(500.0, priced.lattice) for output in priced.outputs}
    opened = [cell.error_95 for one in answers(lowered, moments) for cell in one.cells]
    quoted = [float(error) for errors in expected_errors(priced) for error in errors]
    alone = [float(error) for errors in errors_alone(priced) for error in errors]
    assert quoted == pytest.approx(opened, rel=1e-3)
    assert all(error < other for error, other in zip(quoted, alone, strict=True))


def test_owners_asked_together_are_expected_to_fill_all_their_tables() -> None:
    named = NamedStatistic("mean", 1, Mean(Column("age")))
    lowered = lower(Plan(PLAN_VERSION, ("visits",), "gaussian", (named,)), CLINIC)
    (alone,), (three,) = (
        expected_errors(quote(lowered, RHO_UNITS, "0.000001", lattice))[0]
        for lattice in (agg_lattice(CLINIC), replace(agg_lattice(CLINIC), tables=3))
    )
    # Three times the rows, and the noise of three.
    assert float(alone) / float(three) == pytest.approx(math.sqrt(3), rel=0.01)


@settings(max_examples=40)
@given(drawn_cases(), st.integers(1, 60))
def test_plausible_tables_are_tables_with_what_is_declared(case: Any, most_tables: int) -> None:
    lowered = lower(case.plan, case.schema)
    for one in lowered.statistics:
        tables = plausible_tables(one, case.schema, most_tables)
        assert tables[0] == EXPECTED
        for table in tables:
            for column in case.schema.columns:
                check_levels(column, case.schema, table)


def check_levels(column: Any, schema: Schema, table: Supposed) -> None:
    """Every row has one level of each key; as often as is declared."""
    for key, levels in column.levels_by_key.items():
        moments = [(Indicator(key, level),) for level in levels]
        shares = expected_moments(moments, schema, table)
        assert min(shares) >= 0
        assert sum(shares) == pytest.approx(1)
        if is_declared(key, schema):
            assert shares == pytest.approx([float(share) for share in column.shares])
    if isinstance(column, NumericColumn):
        first, second = expected_moments(
            [(Numeric(column.name),), (Numeric(column.name), Numeric(column.name))], schema, table
        )
        assert first**2 <= second + 1e-12
        assert second <= 1
