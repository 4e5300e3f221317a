"""Dealt vectors open to what was dealt, and t shares of them are uniform."""

from __future__ import annotations

import os
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from crypto.errors import ParameterError
from crypto.mpc import field, sharing
from crypto.secret import Secret
from crypto.shamir import PRIME, interpolate

SIZES = [(m, t) for m in range(3, 10) for t in range(1, (m - 1) // 2 + 1)]
VECTORS = st.lists(st.integers(0, PRIME - 1), min_size=1, max_size=8)
ALPHA = 1e-6


def fresh() -> sharing.ElementStream:
    return sharing.ElementStream(Secret(os.urandom(32)))


def dealt(values: list[int], size: tuple[int, int]) -> dict[int, field.Elements]:
    rows = sharing.deal(
        np.array(values, np.uint64), members=size[0], threshold=size[1], stream=fresh()
    )
    return dict(enumerate(rows, 1))


@settings(max_examples=50)
@given(VECTORS, st.sampled_from(SIZES))
def test_any_t_plus_1_rows_combine(values: list[int], size: tuple[int, int]) -> None:
    shares = dealt(values, size)
    for kept in combinations(shares, size[1] + 1):
        some = {point: shares[point] for point in kept}
        assert sharing.combine(some, threshold=size[1]).tolist() == values


@given(VECTORS, st.sampled_from(SIZES))
def test_a_recipient_opens_what_was_dealt(values: list[int], size: tuple[int, int]) -> None:
    shares = dealt(values, size)
    for place, value in enumerate(values):
        opened = interpolate(
            {point: int(row[place]) for point, row in shares.items()},
            members=size[0],
            threshold=size[1],
        )
        assert (opened.value % PRIME, opened.is_consistent) == (value, True)


@given(VECTORS, st.sampled_from(SIZES), st.data())
def test_one_changed_share_is_inconsistent(
    values: list[int], size: tuple[int, int], data: st.DataObject
) -> None:
    shares = dealt(values, size)
    assert sharing.is_consistent(shares, threshold=size[1])
    point = data.draw(st.integers(1, size[0]))
    place = data.draw(st.integers(0, len(values) - 1))
    shares[point] = shares[point].copy()
    shares[point][place] = (int(shares[point][place]) + 1) % PRIME
    assert not sharing.is_consistent(shares, threshold=size[1])


def test_t_shares_of_a_constant_are_uniform_and_independent() -> None:
    """Two of five at t = 2, in 8 x 8 cells of their highest bits: no cell is favoured."""
    count = 20_000
    rows = sharing.deal(np.full(count, 12_345, np.uint64), members=5, threshold=2, stream=fresh())
    for one, two in ((0, 1), (1, 4)):
        cells = (rows[one] >> np.uint64(58)) * np.uint64(8) + (rows[two] >> np.uint64(58))
        counts = np.bincount(cells.astype(np.int64), minlength=64)
        assert stats.chisquare(counts).pvalue > ALPHA


def test_stream_is_one_stream_however_it_is_drawn() -> None:
    key = Secret(bytes(range(32)))
    whole, parts = sharing.ElementStream(key), sharing.ElementStream(key)
    first = whole.draw(5)
    assert first.tolist() == parts.draw(5).tolist()
    assert whole.draw(3).tolist() == parts.draw(3).tolist()
    assert first.tolist() != whole.draw(5).tolist()
    assert whole.draw(0).size == 0


@pytest.mark.parametrize(("members", "threshold"), [(2, 1), (3, 0), (4, 2), (10, 3)])
def test_sizes_without_privacy_or_product_are_not_dealt(members: int, threshold: int) -> None:
    with pytest.raises(ParameterError):
        sharing.deal(field.zeros(1), members=members, threshold=threshold, stream=fresh())
