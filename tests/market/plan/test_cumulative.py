"""Quantiles and shares of noised counts of bins: ascending, inside the bounds, with an interval."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.plan.statistics import Ecdf, InterquartileRange, Quantile, Top
from market.plan.statistics.contract import Number, Total
from market.plan.statistics.cumulative import pooled, quantile, shares_below
from market.plan.uncertain import Uncertain, measured

COUNTS = st.lists(st.floats(-50, 1_000), min_size=2, max_size=12)
SHARES = st.sampled_from((0.01, 0.25, 0.5, 0.75, 0.99))
Z = 1.959964


def noised(counts: Sequence[float], sd: float) -> tuple[Uncertain, ...]:
    return tuple(measured(one, sd=sd, source=f"b{place}") for place, one in enumerate(counts))


def edges(bins: int) -> tuple[Fraction, ...]:
    """Of bins of growing width."""
    return tuple(Fraction(place * (place + 1), 2) for place in range(bins + 1))


def total(counts: Sequence[float], sd: float = 3.0) -> Total:
    return Total((), noised(counts, sd), Fraction(0), edges(len(counts)))


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=25))
def test_pooling_is_the_nearest_ascending(values: list[float]) -> None:
    """By the max-min formula: the largest over starts of the smallest mean over ends."""
    places = range(len(values))
    wanted = [
        max(
            min(math.fsum(values[first : end + 1]) / (end + 1 - first) for end in places[here:])
            for first in places[: here + 1]
        )
        for here in places
    ]
    assert pooled(values) == pytest.approx(wanted, rel=1e-9, abs=1e-6)


@given(st.lists(st.integers(1, 1_000), min_size=2, max_size=12), SHARES)
def test_quantile_of_exact_counts_is_numpys_of_the_binned_rows(
    counts: list[int], share: float
) -> None:
    ends = [float(edge) for edge in edges(len(counts))]
    below = np.concatenate([[0], np.cumsum(counts)]) / sum(counts)
    found = quantile(edges(len(counts)), noised(counts, 0.0), share)
    assert found.value == pytest.approx(float(np.interp(share, below, ends)), rel=1e-9)
    assert found.sd == 0


def test_quantile_where_no_row_lies_is_the_middle() -> None:
    found = quantile(
        (Fraction(0), Fraction(1), Fraction(5), Fraction(6)), noised([4, 0, 4], 0), 0.5
    )
    assert found.value == 3


@given(COUNTS, st.floats(0, 200), SHARES)
def test_whatever_noise_made_value_and_interval_have_a_place(
    counts: list[float], sd: float, share: float
) -> None:
    if sum(counts) <= 1e-3:
        return
    high = float(edges(len(counts))[-1])
    found = quantile(edges(len(counts)), noised(counts, sd), share)
    assert 0 <= found.value <= high
    assert Z * found.sd <= 1.01 * high
    below = [one.value for one in shares_below(noised(counts, sd))]
    assert below == sorted(below)
    assert (below[0], below[-1]) == (0, 1)


@given(COUNTS, st.floats(0, 200))
def test_finish_never_raises(counts: list[float], sd: float) -> None:
    asked = (Quantile("x", ("0.1", "0.9")), InterquartileRange("x"), Ecdf("x"))
    for statistic in asked:
        for number in statistic.finish([total(counts, sd)]):
            assert number.value is not None or number.note


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_interval_covers_the_quantile_of_the_rows(share: float) -> None:
    """Real randomness: 600 releases, the truth inside 95 % of the intervals, give or take four
    standard deviations of that count; the longer arm may cover more."""
    counts = [400, 900, 2_000, 1_500, 700, 300, 150, 50]
    truth = quantile(edges(8), noised(counts, 0), share).value
    draw = random.SystemRandom()
    inside = 0
    for _ in range(600):
        seen = noised([one + draw.gauss(0, 30) for one in counts], 30)
        found = quantile(edges(8), seen, share)
        inside += abs(found.value - truth) <= Z * found.sd
    assert 600 * 0.95 - 4 * 5.4 <= inside <= 600 * 0.985 + 4 * 3.0


def test_shares_fall_nowhere_and_keep_the_error_of_what_was_opened() -> None:
    below = shares_below(noised([100, -20, 120], 5))
    assert [round(one.value, 6) for one in below] == [0, 0.45, 0.45, 1]
    assert below[1].sd > 0


def test_few_rows_are_told() -> None:
    (number,) = Quantile("x", ("0.5",)).finish([total([3, 4, 2], 3.0)])
    assert number.value is not None
    assert "close to its noise" in number.note
    (none,) = Quantile("x", ("0.5",)).finish([total([-3, 1, -2], 3.0)])
    assert none.value is None
    assert "not above 0" in none.note


def test_interquartile_range_is_between_the_quartiles() -> None:
    (number,) = InterquartileRange("x").finish([total([1, 1, 1, 1], 0.0)])
    assert number.value is not None
    assert number.value.value == 6 - 1


def levels(counts: dict[str, float], sd: float) -> list[Total]:
    return [
        Total((level,), (measured(one, sd=sd, source=level),), Fraction(0))
        for level, one in counts.items()
    ]


def shown(numbers: Sequence[Number]) -> list[tuple[str, bool]]:
    return [(number.labels[-1], bool(number.note)) for number in numbers]


def test_top_levels_come_in_order_and_say_when_noise_may_have_made_it() -> None:
    found = Top("g", 3).finish(levels({"a": 5, "b": 900, "c": 500, "d": 2, "e": 495}, 10.0))
    assert shown(found) == [("b", False), ("c", True), ("e", False)]
    assert "e" in found[1].note


def test_top_that_is_not_apart_from_the_next_is_told() -> None:
    assert shown(Top("g", 1).finish(levels({"a": 100, "b": 99}, 10.0))) == [("a", True)]
    assert shown(Top("g", 1).finish(levels({"a": 100, "b": 99}, 0.0))) == [("a", False)]


def test_top_is_of_each_group() -> None:
    totals = [
        Total((group, *one.labels), one.sums, one.offset)
        for group, counts in (("x", {"a": 1, "b": 2}), ("y", {"a": 4, "b": 3}))
        for one in levels(counts, 0.0)
    ]
    found = Top("g", 1).finish(totals)
    assert [number.labels for number in found] == [("x", "b"), ("y", "a")]
