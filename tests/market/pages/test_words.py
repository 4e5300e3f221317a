from __future__ import annotations

import pytest

from market.pages import words


@pytest.mark.parametrize(
    ("cents", "shown"),
    [(0, "free"), (5, "0.05 EUR"), (1_250, "12.50 EUR"), (123_456_700, "1 234 567.00 EUR")],
)
def test_money_is_cents(cents: int, shown: str) -> None:
    assert words.money(cents, "EUR") == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(-5, "0 seconds"), (1, "1 second"), (90, "1 minute"), (7_200, "2 hours"), (90_000, "1 day")],
)
def test_a_duration_is_its_largest_unit(seconds: int, shown: str) -> None:
    assert words.duration(seconds) == shown


def test_times_are_utc_for_people_and_machines() -> None:
    assert words.moment(1_764_077_638) == "25 Nov 2025, 13:33 UTC"
    assert words.machine_moment(1_764_077_638) == "2025-11-25T13:33:58Z"


def test_sizes_and_fingerprints_are_readable() -> None:
    assert words.size(999) == "999 bytes"
    assert words.size(81_000_000) == "81.0 MB"
    assert words.fingerprint("0123456789") == "0123 4567 89"
