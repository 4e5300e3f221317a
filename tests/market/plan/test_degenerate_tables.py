"""Tables that hold next to nothing: whatever is asked of them has an answer, or says why not."""

from __future__ import annotations

import math
from itertools import islice

import pytest
from strategies.plans import is_answered
from world.noised_moments import NoisedMoments

from market.plan.answers import Answer
from market.plan.expression import Level
from market.plan.factors import Product
from market.plan.schema import BooleanColumn, CategoricalColumn, NumericColumn, PrivacyUnit, Schema
from market.plan.statistics import BY_KIND, Difference, GroupBy, Statistic, Where
from market.tables.table import Table

BINS = ("0", "3", "5", "7", "10")
SCHEMA = Schema(
    "small",
    (
        NumericColumn("x", "0", "10", "a number", "points", "midpoint", "6", "2", BINS),
        NumericColumn("y", "-5", "5", "a number", "metres", "midpoint", None, None),
        CategoricalColumn("g", ("a", "b"), "a group"),
        BooleanColumn("flag", "a flag", "false"),
    ),
    PrivacyUnit(None, 1, "a row"),
    4_000,
    (Product("g", "x"), Product("x", "x"), Product("x", "y"), Product("y", "y")),
)
RHO_UNITS = 10**11
"""For each question alone: enough to tell hundreds of rows, not to tell one."""
RELEASES = 10
ROWS = 400
CONSTANT: Table = {"x": [4.0] * ROWS, "y": [2.0] * ROWS, "g": ["a"] * ROWS, "flag": [True] * ROWS}
TABLES: dict[str, Table] = {
    "every column is constant": CONSTANT,
    "two columns are the same": CONSTANT
    | {"x": [n % 11 for n in range(ROWS)], "y": [n % 11 - 5 for n in range(ROWS)]},
    "one row": {name: values[:1] for name, values in CONSTANT.items()},
    "no row": {name: values[:0] for name, values in CONSTANT.items()},
}
KINDS = [kind for kind, node in BY_KIND.items() if any(node.examples(SCHEMA.columns))]


def examples(kind: str) -> list[Statistic]:
    asked = (one for one in BY_KIND[kind].examples(SCHEMA.columns) if is_answered(one, SCHEMA))
    return list(islice(asked, 4))


def check(answer: Answer) -> None:
    """Each number is one, with its error, or there is none, and a note says what to do."""
    for cell in answer.cells:
        if cell.value is None:
            assert cell.note, cell
        else:
            assert math.isfinite(cell.value), cell
            assert cell.error_95 is None or math.isfinite(cell.error_95), cell
            assert cell.error_95 is not None or cell.note, cell


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("table", TABLES)
def test_every_kind_answers_or_says_why_not(kind: str, table: str) -> None:
    for statistic in examples(kind):
        asked = NoisedMoments(statistic, SCHEMA, TABLES[table], RHO_UNITS)
        for answer in (asked.truth(), *asked.releases(RELEASES)):
            check(answer)


@pytest.mark.parametrize("kind", KINDS)
def test_filter_that_selects_nobody_leaves_no_number_that_looks_like_one(kind: str) -> None:
    """Means and shares of nobody are missing, or their error is as wide as their bounds."""
    nobody = Level("g", "b")
    for statistic in examples(kind):
        if isinstance(statistic, Where | GroupBy | Difference):
            continue
        filtered = Where(nobody, statistic)
        if not is_answered(filtered, SCHEMA):
            continue
        asked = NoisedMoments(filtered, SCHEMA, CONSTANT, RHO_UNITS)
        for answer in asked.releases(RELEASES):
            check(answer)
        for cell in asked.truth().cells:
            assert not cell.value or cell.note, cell
