"""What owners say beforehand of levels moves expected errors and the twin, never the noise."""

from __future__ import annotations

from collections import Counter

import pytest
from world.lattices import agg_lattice

from market.plan.expression import Column
from market.plan.lowered import lower
from market.plan.plan import NamedStatistic, Plan
from market.plan.schema import CategoricalColumn, NumericColumn, PrivacyUnit, Schema
from market.plan.statistics import GroupBy, Mean
from market.pricing.expected_errors import expected_errors
from market.pricing.quote import Quote, quote
from market.tables.twin import make_twin

SHARES = ("0.9", "0.09", "0.01")
PLAN = Plan(
    3, ("visits",), "gaussian", (NamedStatistic("m", 1, GroupBy(("g",), Mean(Column("x")))),)
)


def a_schema(shares: tuple[str, ...] | None) -> Schema:
    numeric = NumericColumn("x", "0", "10", "a number", "points", "low", None, None)
    group = CategoricalColumn("g", ("common", "rare"), "a group", shares)
    return Schema("s", (numeric, group), PrivacyUnit(None, 1, "a row"), 10_000, ())


def quoted(shares: tuple[str, ...] | None) -> Quote:
    schema = a_schema(shares)
    return quote(lower(PLAN, schema), 10**10, "0.000001", agg_lattice(schema))


def test_rare_level_is_quoted_a_larger_error() -> None:
    (errors,) = expected_errors(quoted(SHARES))
    common, rare, _ = (float(error or "nan") for error in errors)
    assert rare == pytest.approx(10 * common, rel=0.01)


def test_noise_does_not_depend_on_shares() -> None:
    assert quoted(SHARES).outputs == quoted(None).outputs


def test_twin_follows_the_shares() -> None:
    counted = Counter(str(level) for level in make_twin(a_schema(SHARES), 7, 10_000)["g"])
    assert counted["common"] == pytest.approx(9_000, abs=200)
    assert counted["rare"] == pytest.approx(900, abs=150)


@pytest.mark.parametrize("shares", [("1",), ("0.5", "0.5", "0.1"), ("1.1", "-0.1", "0")])
def test_shares_that_do_not_add_up_are_refused(shares: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="add up to 1"):
        a_schema(shares)
