"""How waits grow, and who waits for whose failures."""

from __future__ import annotations

import pytest

from market.policy.operation.guessing import (
    COUNTED_SECONDS,
    KINDS,
    PATIENCE,
    Failed,
    Kind,
    seconds_left,
    subject,
    waited_for,
)

NOW = 1_800_000_000


def wait(kind: Kind, attempts: int, *, since: int = NOW, now: int = NOW) -> int:
    return seconds_left(kind, Failed(attempts, since, NOW), now=now)


def test_waits_of_one_place_start_after_five_failures_and_end_at_a_quarter_of_an_hour() -> None:
    assert [wait("here", failures) for failures in range(5)] == [0] * 5
    assert [wait("here", failures) for failures in (5, 6, 7, 10, 11)] == [15, 30, 60, 480, 900]
    assert wait("here", 10**6) == 900


def test_many_networks_together_have_a_guess_a_minute() -> None:
    assert [wait("name", failures) for failures in (49, 50, 51, 52, 10**6)] == [0, 15, 30, 60, 60]
    assert [wait("network", failures) for failures in (49, 50, 10**6)] == [0, 15, 900]


@pytest.mark.parametrize("kind", KINDS)
def test_count_is_of_a_day(kind: Kind) -> None:
    free = PATIENCE[kind].free_attempts
    assert wait(kind, free, since=NOW - COUNTED_SECONDS + 1) == 15
    assert wait(kind, free, since=NOW - COUNTED_SECONDS) == 0
    assert wait(kind, free, now=NOW + 15) == 0


def test_who_is_known_at_a_network_waits_for_what_failed_there_in_their_name() -> None:
    assert waited_for("203.0.113.7", is_known=True) == ("here",)
    assert waited_for("203.0.113.7", is_known=False) == KINDS
    assert waited_for("", is_known=False) == ("here",)


def test_counts_of_two_names_at_two_networks_are_four() -> None:
    assert len({subject("here", u, n) for u in ("ada", "bob") for n in ("", "203.0.113.7")}) == 4
