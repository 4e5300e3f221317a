"""Shares open to what was shared; a lie is noticed, and named where that is sound."""

from __future__ import annotations

import random
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpyc import thresha
from mpyc.finfields import GF

from crypto.errors import FormatError, ParameterError
from crypto.shamir import PRIME, Opened, centred, interpolate, parse_share, share_text

SIZES = [(m, t) for m in range(3, 10) for t in range(1, (m - 1) // 2 + 1)]
CORRECTING = [(m, t) for m, t in SIZES if m >= 3 * t + 1]
VALUES = st.integers(-(PRIME // 2), PRIME // 2)
SEEDS = st.integers(0, 2**32 - 1)


def deal(value: int, members: int, threshold: int, seed: int) -> dict[int, int]:
    draw = random.Random(seed)  # noqa: S311
    coefficients = [value, *(draw.randrange(PRIME) for _ in range(threshold))]
    return {
        point: sum(c * point**k for k, c in enumerate(coefficients)) % PRIME
        for point in range(1, members + 1)
    }


@given(VALUES, st.sampled_from(SIZES), SEEDS)
def test_all_shares_open_to_the_value(value: int, size: tuple[int, int], seed: int) -> None:
    members, threshold = size
    shares = deal(value, members, threshold, seed)
    opened = interpolate(shares, members=members, threshold=threshold)
    assert opened == Opened(value, True, True, ())


@given(VALUES, st.sampled_from(SIZES), SEEDS)
def test_any_enough_shares_open_incompletely(value: int, size: tuple[int, int], seed: int) -> None:
    members, threshold = size
    shares = deal(value, members, threshold, seed)
    for kept in combinations(shares, threshold + 1):
        some = {point: shares[point] for point in kept}
        opened = interpolate(some, members=members, threshold=threshold)
        assert opened == Opened(value, True, False, ())


@given(VALUES, st.sampled_from(SIZES), SEEDS, st.data())
def test_lies_of_up_to_t_members_are_noticed(
    value: int, size: tuple[int, int], seed: int, data: st.DataObject
) -> None:
    members, threshold = size
    shares = deal(value, members, threshold, seed)
    liars = data.draw(st.sets(st.integers(1, members), min_size=1, max_size=threshold))
    for liar in liars:
        shares[liar] = (shares[liar] + data.draw(st.integers(1, PRIME - 1))) % PRIME
    opened = interpolate(shares, members=members, threshold=threshold)
    assert not opened.is_consistent
    if members >= 3 * threshold + 1:
        assert (opened.value, opened.liars) == (value, tuple(sorted(liars)))
    else:
        assert opened.liars == ()


@pytest.mark.parametrize("size", [s for s in SIZES if s not in CORRECTING])
def test_below_3t_plus_1_nothing_is_corrected(size: tuple[int, int]) -> None:
    """A correction would follow the liars: t of them can leave one honest share off a line."""
    members, threshold = size
    shares = deal(5, members, threshold, 1)
    shares[members] = (shares[members] + 1) % PRIME
    opened = interpolate(shares, members=members, threshold=threshold)
    assert (opened.is_consistent, opened.liars) == (False, ())


def test_more_than_t_liars_are_not_named() -> None:
    shares = deal(5, 4, 1, 1)
    shares[1], shares[2] = 17, 23
    opened = interpolate(shares, members=4, threshold=1)
    assert (opened.is_consistent, opened.liars) == (False, ())


@given(VALUES, st.sampled_from(SIZES))
def test_mpyc_s_shares_open_to_its_value(value: int, size: tuple[int, int]) -> None:
    members, threshold = size
    field = GF(PRIME)
    dealt = thresha.random_split(field, [field(value)], threshold, members)
    shares = {point: int(row[0]) for point, row in enumerate(dealt, 1)}
    assert interpolate(shares, members=members, threshold=threshold).value == value
    pairs = [(point, [share]) for point, share in shares.items()][: threshold + 1]
    assert centred(int(thresha.recombine(field, pairs)[0])) == value


@given(st.integers(0, PRIME - 1))
def test_a_share_travels_as_its_text(share: int) -> None:
    assert parse_share(share_text(share)) == share
    assert len(share_text(share)) == 16


@pytest.mark.parametrize(
    "text",
    ["", "0" * 15, "0" * 17, "F" + "0" * 15, f"{PRIME:016x}", "0" * 15 + "\n", "+" + "0" * 15],
)
def test_other_texts_are_no_shares(text: str) -> None:
    with pytest.raises(FormatError):
        parse_share(text)


def test_what_is_outside_the_field_is_no_share() -> None:
    with pytest.raises(FormatError):
        share_text(PRIME)
    with pytest.raises(FormatError, match="point 2 lies outside"):
        interpolate({1: 0, 2: PRIME, 3: 0}, members=3, threshold=1)
    with pytest.raises(FormatError, match="point 4"):
        interpolate({1: 0, 2: 0, 4: 0}, members=3, threshold=1)


def test_t_shares_open_nothing() -> None:
    with pytest.raises(FormatError, match="expected at least 3"):
        interpolate({1: 0, 5: 0}, members=5, threshold=2)


@pytest.mark.parametrize(("members", "threshold"), [(2, 1), (10, 1), (3, 0), (4, 2)])
def test_sizes_without_privacy_or_product_are_refused(members: int, threshold: int) -> None:
    with pytest.raises(ParameterError):
        interpolate({1: 0, 2: 0}, members=members, threshold=threshold)
