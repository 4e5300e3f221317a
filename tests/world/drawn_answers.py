"""Answers to draw: each kind of statistic asked of one survey, opened with noise of its price."""

from __future__ import annotations

from collections.abc import Mapping

from market.plan.answers import Answer, AnswerCell, Raw
from market.plan.asked import AskedStatistic
from market.plan.dataset import Dataset
from market.plan.schema import (
    BooleanColumn,
    CategoricalColumn,
    NumericColumn,
    PrivacyUnit,
    Schema,
)
from market.tables.twin import make_twin
from world.noised_moments import NoisedMoments

SCHEMA = Schema(
    "survey",
    (
        NumericColumn(
            "age", "0", "100", "age", "years", "midpoint", None, None,
            bins=("0", "18", "30", "45", "60", "75", "100"),
        ),
        NumericColumn("income", "-20", "80", "income", "1000 EUR", "midpoint", None, None),
        NumericColumn("visits", "0", "40", "visits", "visits per year", "midpoint", None, None),
        CategoricalColumn("region", ("north", "south", "east", "west"), "region"),
        CategoricalColumn("health", ("good", "fair", "poor"), "health"),
        BooleanColumn("smoker", "a smoker", "false"),
    ),
    PrivacyUnit(None, 1, "a row"),
    4_000,
    (),
)  # fmt: skip
DS = Dataset(SCHEMA)
_TWIN = make_twin(SCHEMA, 3, 3_000)


def asked() -> Mapping[str, AskedStatistic]:
    """One question of each form, by its name."""
    smokers, others = DS.where(DS["smoker"]), DS.where(~DS["smoker"])
    return {
        "average_age": DS["age"].mean(),
        "people": DS.count(),
        "health": DS["health"].histogram(),
        "region_shares": DS["region"].percentages(),
        "ages": DS["age"].histogram(),
        "age_below": DS["age"].ecdf(),
        "age_quantiles": DS["age"].quantile(0.1, 0.25, 0.5, 0.75, 0.9),
        "visits_by_health": DS.group_by("health")["visits"].mean(),
        "people_by_region_and_health": DS.group_by("region", "health").count(),
        "smokers_less_others": smokers["income"].mean() - others["income"].mean(),
        "line": DS.linear_regression("visits", ["age", "income", "smoker"]),
        "correlations": DS.correlation_matrix("age", "income", "visits"),
        "covariances": DS.covariance_matrix("age", "income", "visits"),
        "tables": DS.contingency("region", "health", "smoker"),
        "components": DS.principal_components("age", "income", "visits", count=2),
        "classifier": DS.naive_bayes("smoker", ["health"]),
    }


def opened(question: AskedStatistic, name: str, *, rho_units: int = 10**9) -> Answer:
    """The answer with noise of its price, the same each time."""
    noised = NoisedMoments(question.statistic, SCHEMA, _TWIN, rho_units)
    (answer,) = noised.releases(1, seed=11)
    return Answer(name, answer.kind, answer.unit, answer.cells)


def a_cell(*labels: str, value: float | None, error: float = 1.0, note: str = "") -> AnswerCell:
    """A cell whose interval was not cut."""
    if value is None:
        return AnswerCell(labels, None, None, None, None, Raw(None, None), note)
    ends = value - error, value + error
    return AnswerCell(labels, value, error, *ends, Raw(value, error), note)


def hard_to_draw() -> Mapping[str, Answer]:
    """Answers that a careless chart trips over."""
    long = "a level of " + "many many words " * 6
    nothing = "There are no rows beyond the noise: ask with a larger epsilon or share."
    return {
        "negative": Answer("negative", "group_by", "EUR", tuple(
            a_cell(level, value=value, error=3) for level, value in
            [("a", -20.5), ("b", -1.0), ("c", 14.25)])),
        "huge interval": Answer("huge interval", "group_by", "", (
            a_cell("a", value=1.0, error=9e9), a_cell("b", value=2.0, error=0.1))),
        "nothing left": Answer("nothing left", "group_by", "EUR", (
            a_cell("a", value=3.0), a_cell("b", value=None, note=nothing))),
        "many levels": Answer("many levels", "histogram", "rows", tuple(
            a_cell(f"level {place}", value=1e4 / (1 + place), error=200) for place in range(60))),
        "words": Answer(long, "group_by", "$x$ <b>", (
            a_cell(long, value=1.0), a_cell("$\\frac{a}", value=2.0, note="Noise & <more>."),
            a_cell("漢字 العربية", value=3.0), a_cell("\x00\u202e", value=1.5))),
        "exact": Answer("exact", "count", "rows", (a_cell(value=0.0, error=0.0),)),
        "wide": Answer("wide", "group_by", "EUR", tuple(
            a_cell(f"county {row}", f"year {column}", value=row * column - 20.0, error=2)
            for row in range(14) for column in range(8))),
        "groups of groups": Answer("groups of groups", "group_by", "rows", tuple(
            a_cell(one, other, third, value=10.0, error=2)
            for one in "abcd" for other in "xyz" for third in ("yes", "no"))),
    }  # fmt: skip
