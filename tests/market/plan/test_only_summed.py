"""A categorical column that is only summed: its levels are counted, and multiplied with nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crypto.parameters import PRODUCTS
from market.errors import Refused
from market.plan.expression import Column
from market.plan.factors import Indicator, Numeric, Validity
from market.plan.lowered import Lowered, lower
from market.plan.plan import NamedStatistic, Plan
from market.plan.schema import BooleanColumn, CategoricalColumn, NumericColumn, PrivacyUnit, Schema
from market.plan.statistics import Count, GroupBy, Histogram, Mean, Statistic
from market.pricing.lattice import Work, ciphertext_lattice
from market.pricing.quote import quote

WIDE = CategoricalColumn("code", ("a", "b"), "A code", only_summed=True)
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


def test_histogram_is_answered() -> None:
    assert [output.id for output in lowered(Histogram("code")).outputs] == list(SCHEMA.only_summed)


def test_group_by_is_refused_by_name() -> None:
    with pytest.raises(Refused, match=r"plan-only-summed.*levels of code"):
        lowered(GroupBy(("code",), Mean(Column("cost"))))


def test_group_by_is_answered_where_its_owner_encrypts_it() -> None:
    columns = (SCHEMA.columns[0], replace(WIDE, only_summed=False))
    schema = replace(SCHEMA, columns=columns)
    assert lowered(GroupBy(("code",), Mean(Column("cost"))), schema=schema).has_products


def test_work_counts_no_ciphertext_of_it() -> None:
    lattice = ciphertext_lattice(SCHEMA.capacity_rows, PRODUCTS)
    alone = quote(lowered(Histogram("code")), 10**12, "0.000001", lattice)
    assert alone.work == Work("ciphertexts", 0, 0)
    counted = quote(lowered(Histogram("code"), Count()), 10**12, "0.000001", lattice)
    assert counted.work == Work("ciphertexts", 3, 0)


def test_what_it_refuses_stands_in_the_words_for_people() -> None:
    assert WIDE.values_in_words == "a, b, OTHER; only counted: neither group nor filter"
