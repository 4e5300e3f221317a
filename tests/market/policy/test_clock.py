"""A request whose time does not fit: the clock is blamed where it is the clock."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from market.policy.clock import SKEW_SECONDS, check_time

NOW = 1_800_000_000


def test_clock_twenty_minutes_ahead_is_named_with_its_size_and_nobody_signs_anew() -> None:
    denied = check_time(NOW + 1_200, NOW + 90_000, reader="the platform", now=NOW)
    assert denied is not None
    assert denied.code == "clock-ahead"
    assert "20 minutes ahead" in denied.message
    assert "Do not sign anew" in denied.next_action
    assert "in 15 minutes" in denied.next_action


def test_clock_a_little_ahead_is_no_matter() -> None:
    assert check_time(NOW + SKEW_SECONDS, NOW + 90_000, reader="the platform", now=NOW) is None


def test_request_past_its_end_is_expired() -> None:
    denied = check_time(NOW - 10, NOW, reader="the agent", now=NOW)
    assert denied is not None
    assert denied.code == "request-expired"


@given(st.integers(0, 2**33), st.integers(0, 10**6), st.integers(0, 2**33))
def test_request_that_was_refused_for_the_clock_holds_later(
    created_at: int, lifetime: int, now: int
) -> None:
    expires_at = created_at + SKEW_SECONDS + lifetime
    denied = check_time(created_at, expires_at, reader="the platform", now=now)
    if denied is not None and denied.code == "clock-ahead":
        later = created_at - SKEW_SECONDS
        assert check_time(created_at, expires_at, reader="the platform", now=later) is None
