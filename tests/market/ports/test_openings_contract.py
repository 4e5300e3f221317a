"""market.ports.openings.Openings, on every implementation."""

from __future__ import annotations

import pytest

from crypto.ladder import Ladder
from market.ports.openings import Openings, Release
from market.pricing.opening import Had, OpenedSum, Opening, SumId

AGENT, MANIFEST, ALICE, BOB = "aa", "cd" * 32, "alice", "bob"
LADDER = Ladder("gaussian", 2**50, 53).id
OTHER = Ladder("laplace", 2**50, 53).id


def opening(*rungs: tuple[str, int], family: str = "sex=", ladder: str = LADDER) -> Opening:
    return Opening(tuple(OpenedSum(SumId(family, ladder, name), rung) for name, rung in rungs))


def release(
    sequence: int | None, buyer: str = ALICE, manifest_hash: str = MANIFEST, chain: str = AGENT
) -> Release:
    return Release(chain, sequence, manifest_hash, buyer)


MALE = SumId("sex=", LADDER, "sex=male")
FEMALE = SumId("sex=", LADDER, "sex=female")


def test_highest_rung_of_every_sum_is_found_by_buyer_and_over_all(openings: Openings) -> None:
    openings.record(release(1), opening(("sex=male", -20), ("sex=female", -20)))
    openings.record(release(2), opening(("sex=male", -28)))
    openings.record(release(3, BOB), opening(("sex=male", -12)))
    found = openings.had(release(None), opening(("sex=male", -8)))
    assert found == Had({MALE: -20, FEMALE: -20}, {MALE: -12, FEMALE: -20})
    assert openings.had(release(None, BOB), opening(("sex=male", -8))).own == {MALE: -12}
    assert openings.had(release(None, "carol"), opening(("sex=male", -8))).own == {}


def test_other_families_ladders_tables_and_agents_have_nothing_to_do_with_it(
    openings: Openings,
) -> None:
    openings.record(release(1), opening(("age", -20), family="age"))
    openings.record(release(2), opening(("sex=male", -20), ladder=OTHER))
    openings.record(release(3, manifest_hash="ef" * 32), opening(("sex=male", -20)))
    openings.record(release(1, chain="bb"), opening(("sex=male", -20)))
    found = openings.had(release(None), opening(("sex=male", -8)))
    assert found.anybody == {SumId("sex=", OTHER, "sex=male"): -20}


def test_only_what_was_released_before_counts(openings: Openings) -> None:
    openings.record(release(4), opening(("sex=male", -20)))
    openings.record(release(7), opening(("sex=male", -4)))
    asked = opening(("sex=male", -8))
    assert openings.had(release(4), asked) == Had()
    assert openings.had(release(7), asked).own == {MALE: -20}
    assert openings.had(release(8), asked).own == {MALE: -4}


def test_release_that_is_recorded_again_changes_nothing(openings: Openings) -> None:
    for rung in (-20, -4):
        openings.record(release(1), opening(("sex=male", rung)))
    assert openings.had(release(None), opening(("sex=male", -8))).own == {MALE: -20}


def test_opening_of_many_sums_is_kept_whole(openings: Openings) -> None:
    many = opening(*((f"key=level-{number}", -20) for number in range(4_096)), family="key=")
    openings.record(release(1), many)
    assert len(openings.had(release(None), many).own) == 4_096


def test_release_without_a_place_is_not_remembered(openings: Openings) -> None:
    with pytest.raises(ValueError, match="without a place"):
        openings.record(release(None), opening(("sex=male", -20)))
