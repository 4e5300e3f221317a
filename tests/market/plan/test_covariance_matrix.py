"""A covariance matrix has a variance for each number and a covariance for each pair."""

from __future__ import annotations

from itertools import combinations_with_replacement

import pandas as pd
import pytest
from strategies.oracles import direct

from market.errors import Refused
from market.plan.dataset import Dataset
from market.plan.expression import Column, Level
from market.plan.schema import (
    BooleanColumn,
    CategoricalColumn,
    NumericColumn,
    PrivacyUnit,
    Schema,
)
from market.plan.statistics import Covariance
from market.plan.statistics.covariance_matrix import CovarianceMatrix
from market.plan.statistics.terms import Term

SCHEMA = Schema(
    "matrices",
    (
        NumericColumn("x", "0", "10", "a number", "points", "midpoint", None, None),
        NumericColumn("y", "0", "10", "a number", "points", "midpoint", None, None),
        CategoricalColumn("g", ("a", "b"), "a group"),
        BooleanColumn("flag", "a flag", "false"),
    ),
    PrivacyUnit(None, 1, "a row"),
    4_000,
    (),
)
DS = Dataset(SCHEMA)


def oracle(asked: CovarianceMatrix, frame: pd.DataFrame, schema: Schema) -> list[float]:
    pairs = combinations_with_replacement(asked.terms, 2)
    return [
        value
        for one, other in pairs
        for value in direct(Covariance(one.of, other.of), frame, schema)
    ]


def test_columns_are_all_numbers_unless_they_are_named() -> None:
    asked = DS.covariance_matrix().statistic
    assert asked == CovarianceMatrix(tuple(Term(Column(n), n) for n in ("x", "y", "flag")))
    assert DS.covariance_matrix("x", "y").statistic.unit(SCHEMA) == "(points)^2"
    assert asked.unit(SCHEMA) == ""


def test_key_is_its_levels_but_the_first() -> None:
    asked = DS.covariance_matrix("x", "g").statistic
    assert isinstance(asked, CovarianceMatrix)
    assert asked.terms[1:] == (
        Term(Level("g", "b"), "g = b"),
        Term(Level("g", "OTHER"), "g = OTHER"),
    )
    assert 'x, [g is "b"]' in asked.words


@pytest.mark.parametrize("columns", [("x",), ("x", "x"), (1, "x")])
def test_columns_are_distinct_names_of_two_at_least(columns: tuple[str, ...]) -> None:
    with pytest.raises(Refused) as refused:
        DS.covariance_matrix(*columns)
    assert refused.value.code == "plan-features"


def test_matrix_of_some_rows_multiplies_too_much_unless_products_are_declared() -> None:
    some = DS.where(DS["g"] == "a")
    with pytest.raises(Refused, match="multiplies 3"):
        some.covariance_matrix("x", "y")
    assert some.covariance_matrix("flag", "g").statistic.tag == "where"


def test_name_that_no_person_gave_is_refused_in_a_plan() -> None:
    with pytest.raises(ValueError, match="lower-case"):
        Term(Column("x"), "x\nApproved")
    with pytest.raises(ValueError, match="lower-case"):
        Term(Column("x"), "g = b")
