"""Equal people have equal tags and masks, others nothing in common; what is sent shows neither."""

from __future__ import annotations

import hashlib
import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from world.joins import JoinCase, a_join
from world.local_parties import Sent, run_together

from crypto.mpc import field, sharing
from crypto.mpc.aborts import Stage
from crypto.mpc.programs.join import Join
from crypto.mpc.programs.join_matching import (
    NOBODY,
    PersonKeys,
    RepeatedTag,
    match,
    secret_order,
)
from crypto.secret import Secret
from crypto.shamir import PRIME

ALPHA = 1e-6
IDS = st.lists(st.integers(0, 30), unique=True, max_size=20)


def people(ids: list[int]) -> np.ndarray:
    digests = b"".join(hashlib.sha256(str(one).encode()).digest() for one in ids)
    return np.frombuffer(digests, np.uint8).reshape(-1, 32)


def fresh_keys() -> PersonKeys:
    return PersonKeys(Secret(os.urandom(32)))


@given(IDS, IDS)
def test_match_finds_the_same_people_at_their_places(left: list[int], right: list[int]) -> None:
    keys = fresh_keys()
    places = match(keys.tags(people(left)), keys.tags(people(right)))
    assert places.tolist() == [left.index(one) if one in left else NOBODY for one in right]


@given(IDS, IDS, st.booleans())
def test_tag_in_two_rows_is_found_whose_it_is(
    left: list[int], right: list[int], is_left: bool
) -> None:
    twice = [*(left if is_left else right), 77, 77]
    sides = (twice, right) if is_left else (left, twice)
    keys = fresh_keys()
    with pytest.raises(RepeatedTag) as found:
        match(*(keys.tags(people(side)) for side in sides))
    assert found.value.is_left == is_left


def test_tags_of_two_keys_have_nothing_in_common() -> None:
    ids = list(range(50))
    places = match(fresh_keys().tags(people(ids)), fresh_keys().tags(people(ids)))
    assert set(places.tolist()) == {NOBODY}


def test_masks_belong_to_person_and_cell() -> None:
    key = Secret(os.urandom(32))
    ids = people([5, 6, 7])
    one, other = PersonKeys(key), PersonKeys(key)
    masks = [one.mask(one.mask_seeds(ids), cell).tolist() for cell in range(300)]
    again = [other.mask(other.mask_seeds(ids[::-1].copy()), cell).tolist() for cell in range(300)]
    assert [row[::-1] for row in again] == masks
    assert len({mask for row in masks for mask in row}) == 900
    assert all(0 <= mask < PRIME for row in masks for mask in row)


@given(st.integers(0, 20), st.integers(0, 20))
def test_order_places_every_row_once(rows: int, spare: int) -> None:
    stream = sharing.ElementStream(Secret(os.urandom(32)))
    order = secret_order(rows, rows + spare, stream).tolist()
    assert sorted(order) == [NOBODY] * spare + list(range(rows))


def test_every_order_is_as_likely() -> None:
    stream = sharing.ElementStream(Secret(os.urandom(32)))
    seen = [tuple(secret_order(2, 4, stream).tolist()) for _ in range(6_000)]
    counts = [seen.count(order) for order in set(seen)]
    assert len(counts) == 12
    assert stats.chisquare(counts).pvalue > ALPHA


def test_what_left_sends_is_uniform_whatever_its_cells_are() -> None:
    """All cells zero, all people known: the helper sees numbers that hide both, row by row."""
    case = a_join(rows=400)
    zeros = JoinCase(case.arguments, dict.fromkeys(case.left, (0, 0, 0)), case.right)
    sent: list[bytes] = []

    def look(_stage: Stage, _before: int, outgoing: Sent) -> Sent:
        if len(outgoing) == 1 and 2 in outgoing:
            sent.append(outgoing[2])
        return outgoing

    run_together(Join(zeros.arguments), zeros.blocks, members=3, is_verified=True, cheats={1: look})
    tags, cells = (field.from_bytes(data) for data in sent)
    assert (tags.size, cells.size) == (2 * 403, 18 * 403)
    for numbers in (tags, cells):
        counts = np.bincount((numbers >> np.uint64(58)).astype(np.int64), minlength=8)
        assert stats.chisquare(counts).pvalue > ALPHA
        assert len(set(numbers.tolist())) == numbers.size
