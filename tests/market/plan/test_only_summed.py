"""Keys that are only summed: their levels are counted, and multiplied with nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crypto.parameters import PRODUCTS
from market.errors import Refused
from market.plan.binned_number import BinnedNumber
from market.plan.dataset import Dataset
from market.plan.expression import Column as Expressed
from market.plan.factors import Indicator, Numeric, Product, Validity
from market.plan.lowered import Lowered, lower
from market.plan.plan import NamedStatistic, Plan
from market.plan.schema import (
    BooleanColumn,
    CategoricalColumn,
    Column,
    DateColumn,
    NumericColumn,
    PrivacyUnit,
    Schema,
)
from market.plan.statistics import Count, GroupBy, Histogram, Mean, Statistic
from market.pricing.lattice import Work, ciphertext_lattice
from market.pricing.quote import quote

WIDE = CategoricalColumn("code", ("a", "b"), "A code", only_summed=True)
BINNED = NumericColumn(
    "age", "0", "80", "Age", "", "low", None, None, ("0", "20", "40", "80"), only_summed=True
)
PAID_ON = DateColumn(
    "paid_on", "2020-01-01", "2021-12-31", "A day", "other", ("year",), only_summed=True
)
SCHEMA = Schema(
    "claims",
    (
        NumericColumn("cost", "0", "1", "Cost", "", "low", None, None),
        WIDE,
        BooleanColumn("paid", "Whether it was paid", "false"),
    ),
    PrivacyUnit(None, 1, "one claim"),
    20_000,
    (),
)


def lowered(*statistics: Statistic, schema: Schema = SCHEMA) -> Lowered:
    named = tuple(NamedStatistic(f"s{i}", 1, one) for i, one in enumerate(statistics))
    return lower(Plan(3, ("claims",), "gaussian", named), schema)


def test_only_its_indicators_are_without_ciphertexts() -> None:
    assert SCHEMA.only_summed == ("code=a", "code=b", "code=OTHER")
    assert SCHEMA.is_only_summed(Indicator("code", "a"))
    assert not SCHEMA.is_only_summed(Numeric("cost"))
    assert not SCHEMA.is_only_summed(Validity())


@pytest.mark.parametrize(
    ("column", "key", "levels"), [(BINNED, "age.bin", 3), (PAID_ON, "paid_on.year", 3)]
)
def test_bins_and_parts_of_dates_are_counted_alike(column: Column, key: str, levels: int) -> None:
    schema = replace(SCHEMA, columns=(*SCHEMA.columns, column))
    assert len(schema.only_summed) == len(SCHEMA.only_summed) + levels
    assert not schema.is_only_summed(Numeric("age"))
    assert len(lowered(Histogram(key), schema=schema).outputs) == levels
    with pytest.raises(Refused, match=rf"plan-only-summed.*levels of {key}"):
        lowered(GroupBy((key,), Mean(Expressed("cost"))), schema=schema)
    assert Dataset(schema).keys == ("paid",)


def test_number_of_counted_bins_is_multiplied_and_its_bins_answer_what_is_linear() -> None:
    schema = replace(SCHEMA, columns=(BINNED, *SCHEMA.columns), products=(Product("age", "age"),))
    age = Dataset(schema)["age"]
    assert isinstance(age, BinnedNumber)
    adults = Dataset(schema)[age >= 20]
    asked = (age.median(), age.interquartile_range(), age.ecdf(), age.top(2), adults.count())
    for one in (*asked, age.mean(), age.variance(), age.correlation(Dataset(schema)["cost"])):
        assert lowered(one.statistic, schema=schema).outputs
    with pytest.raises(ValueError, match=r"age.bin is only summed"):
        replace(schema, products=(Product("age.bin", "cost"),))


def test_number_without_bins_has_nothing_to_count() -> None:
    with pytest.raises(ValueError, match="only_summed is of bins"):
        replace(BINNED, bins=())


def test_histogram_is_answered() -> None:
    assert [output.id for output in lowered(Histogram("code")).outputs] == list(SCHEMA.only_summed)


def test_group_by_is_refused_by_name() -> None:
    with pytest.raises(Refused, match=r"plan-only-summed.*levels of code"):
        lowered(GroupBy(("code",), Mean(Expressed("cost"))))


def test_group_by_is_answered_where_its_owner_encrypts_it() -> None:
    columns = (SCHEMA.columns[0], replace(WIDE, only_summed=False))
    schema = replace(SCHEMA, columns=columns)
    assert lowered(GroupBy(("code",), Mean(Expressed("cost"))), schema=schema).has_products


def test_work_counts_no_ciphertext_of_it() -> None:
    lattice = ciphertext_lattice(SCHEMA.capacity_rows, PRODUCTS)
    alone = quote(lowered(Histogram("code")), 10**12, "0.000001", lattice)
    assert alone.work == Work("ciphertexts", 0, 0)
    counted = quote(lowered(Histogram("code"), Count()), 10**12, "0.000001", lattice)
    assert counted.work == Work("ciphertexts", 3, 0)


def test_what_it_refuses_stands_in_the_words_for_people() -> None:
    assert WIDE.values_in_words == "a, b, OTHER; only counted: neither group nor filter"
    for column in (BINNED, PAID_ON):
        assert column.values_in_words.endswith("; only counted: neither group nor filter")
