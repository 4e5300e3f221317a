"""Bins and dates in a program: keys like any other, compared at edges and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from market.errors import Refused
from market.plan.binned_number import BinnedNumber
from market.plan.bins import bin_levels, equal_bins
from market.plan.category import Category
from market.plan.conditions import rows_where
from market.plan.dataset import Dataset
from market.plan.date_parts import DateParts
from market.plan.factors import Indicator
from market.plan.quantity import Quantity
from market.plan.schema import DateColumn, NumericColumn, PrivacyUnit, Schema
from market.plan.statistics import Difference, Histogram, Top

AGE = NumericColumn(
    "age", "0", "77", "age", "years", "midpoint", None, None, ("0", "10", "20.5", "77")
)
ADMITTED = DateColumn("admitted", "2019-11-01", "2021-02-01", "a day", "other", ("year", "weekday"))
PLAIN = NumericColumn("visits", "0", "10", "visits", "", "low", None, None)
SCHEMA = Schema("clinic", (AGE, ADMITTED, PLAIN), PrivacyUnit(None, 1, "a row"), 100, ())
DS = Dataset(SCHEMA)
BINS = ("[0, 10)", "[10, 20.5)", "[20.5, 77]")


def age() -> BinnedNumber:
    face = DS["age"]
    assert isinstance(face, BinnedNumber)
    return face


def bins_of(condition: Quantity) -> list[str]:
    terms = rows_where(condition.expression(), SCHEMA)
    assert set(terms.values()) == {1}
    return [one.level for (one,) in terms if isinstance(one, Indicator)]


def test_bins_are_levels_from_edge_to_edge() -> None:
    assert bin_levels(AGE.bins) == BINS
    assert SCHEMA.encoded_columns[:4] == (
        "#valid",
        "age",
        "age.bin=%5B0%2C%2010%29",
        "age.bin=%5B10%2C%2020.5%29",
    )


@pytest.mark.parametrize(
    ("low", "high", "count", "edges"),
    [
        ("0", "77", 4, ("0", "19.2", "38.5", "57.8", "77")),
        ("0", "10", 3, ("0", "3.33", "6.67", "10")),
        ("-1000000", "1000000", 2, ("-1000000", "0", "1000000")),
        ("0.001", "0.002", 2, ("0.001", "0.0015", "0.002")),
    ],
)
def test_bins_of_one_width_have_edges_that_read(
    low: str, high: str, count: int, edges: tuple[str, ...]
) -> None:
    assert equal_bins(low, high, count) == edges
    assert replace(AGE, low=low, high=high, bins=edges).bins == edges


@pytest.mark.parametrize(
    ("edges", "seen"),
    [
        (("0", "77"), "1 bins"),
        (("0", "10", "70"), "from 0 to 70"),
        (("0", "20", "10", "77"), "20 and 10"),
        (("0", "10", "10", "77"), "10 and 10"),
        (("0", "10.0", "77"), "10.0"),
    ],
)
def test_edges_that_make_no_bins_are_refused(edges: tuple[str, ...], seen: str) -> None:
    with pytest.raises(ValueError, match=seen):
        replace(AGE, bins=edges)


@pytest.mark.parametrize(
    ("condition", "bins"),
    [
        (lambda: age() >= 10, BINS[1:]),
        (lambda: age() >= 0, BINS),
        (lambda: age() < 20.5, BINS[:2]),
        (lambda: age().between(10, 20.5), BINS[1:2]),
        (lambda: age().between(10.0, 77), BINS[1:]),
    ],
)
def test_comparison_at_an_edge_is_a_condition(
    condition: Callable[[], Quantity], bins: tuple[str, ...]
) -> None:
    assert tuple(bins_of(condition())) == bins


@pytest.mark.parametrize(
    "compare",
    [
        lambda: age() >= 11,
        lambda: age() >= 77,
        lambda: age() < 77,
        lambda: age() < 0,
        lambda: age() > 10,
        lambda: age() <= 10,
        lambda: age() == 10,
        lambda: age().between(20.5, 10),
        lambda: age().between(10, 10),
        lambda: age() >= "10",
        lambda: age() >= True,
        lambda: age() >= float("nan"),
    ],
)
def test_comparison_elsewhere_is_refused_and_edges_are_named(compare: Callable[[], object]) -> None:
    with pytest.raises(Refused) as refused:
        compare()
    assert refused.value.code == "plan-comparison"
    assert "0, 10, 20.5, 77" in f"{refused.value.next_action}"


def test_what_is_computed_has_no_bins() -> None:
    assert not isinstance(age() * 2, BinnedNumber)
    with pytest.raises(Refused, match="compared"):
        assert (age() * 2) >= 20


def test_column_without_bins_leads_to_the_owner() -> None:
    with pytest.raises(Refused) as refused:
        DS.group_by("visits")
    assert refused.value.code == "plan-not-categorical"
    assert "bins of visits" in f"{refused.value.next_action}"
    with pytest.raises(Refused, match="median"):
        DS["visits"].median()  # type: ignore[union-attr]


def test_bins_are_a_key_by_either_name() -> None:
    assert DS.levels("age") == DS.levels("age.bin") == BINS
    assert DS.keys == ("age.bin", "admitted.year", "admitted.weekday")
    assert age().histogram().statistic == Histogram("age")
    assert isinstance(DS["age.bin"], Category)


def test_parts_of_a_date_are_categories() -> None:
    admitted = DS["admitted"]
    assert isinstance(admitted, DateParts)
    assert DS.levels("admitted.year") == ("2019", "2020", "2021", "OTHER")
    assert admitted.year.histogram().statistic == Histogram("admitted.year")
    assert bins_of(admitted.weekday == "Monday") == ["Monday"]


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        (lambda: DS["admitted"].month, "plan-column"),  # type: ignore[union-attr]
        (lambda: DS["admitted"] + 1, "plan-categorical"),  # type: ignore[operator]
        (lambda: DS.group_by("admitted"), "plan-not-categorical"),
        (lambda: DS["admitted.month"], "plan-column"),
        (lambda: age().quantile(0), "plan-quantile"),
        (lambda: age().quantile(1.5), "plan-quantile"),
        (lambda: age().quantile("half"), "plan-quantile"),
        (lambda: age().quantile(), "plan-quantile"),
        (lambda: age().quantile(0.5, 0.5), "plan-quantile"),
        (lambda: age().top(0), "plan-top"),
        (lambda: age().top(4), "plan-top"),
        (lambda: age().top(True), "plan-top"),
    ],
)
def test_what_does_not_fit_is_refused(ask: Callable[[], object], code: str) -> None:
    with pytest.raises(Refused) as refused:
        ask()
    assert refused.value.code == code


def test_difference_of_tops_is_refused_since_their_levels_come_of_the_data() -> None:
    young = DS.where(age() < 10)
    with pytest.raises(Refused, match="come out of the data"):
        assert DS["admitted.year"].top(1) - young["admitted.year"].top(1)  # type: ignore[union-attr]
    assert Difference(Top("age", 1), Top("age", 1)).words


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        ({"first": "2021-02-02"}, "from 2021-02-02 to 2021-02-01"),
        ({"first": "1.11.2019"}, "is not a day"),
        ({"first": "1800-01-01"}, "200 years"),
        ({"parts": ()}, "missing"),
        ({"parts": ("weekday", "year")}, "in this order"),
    ],
)
def test_date_that_cannot_be_is_refused(change: dict[str, object], seen: str) -> None:
    with pytest.raises(ValueError, match=seen):
        replace(ADMITTED, **change)  # type: ignore[arg-type]
