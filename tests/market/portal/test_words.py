from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.portal import words


@given(st.integers(1, 10**15))
def test_rho_is_never_shown_smaller_than_it_is(units: int) -> None:
    shown = Decimal(words.rho(units))
    exact = Decimal(units) / 10**12
    assert exact <= shown <= exact * Decimal("1.1") + Decimal("0.0001")
    assert shown > 0


@pytest.mark.parametrize(
    ("units", "shown"),
    [(0, "0.0000"), (10**10, "0.0100"), (10**12, "1.0000"), (12_345, "0.000000013")],
)
def test_rho_reads_as_a_plain_number(units: int, shown: str) -> None:
    assert words.rho(units) == shown


def test_epsilon_is_rounded_up() -> None:
    assert words.epsilon(10**10, "0.000001") == "0.63"
    assert words.epsilon(0, "0.000001") == "0.00"


@pytest.mark.parametrize(
    ("cents", "shown"),
    [(0, "free"), (5, "0.05 EUR"), (1_250, "12.50 EUR"), (123_456_700, "1 234 567.00 EUR")],
)
def test_money_is_cents(cents: int, shown: str) -> None:
    assert words.money(cents, "EUR") == shown


@pytest.mark.parametrize(
    ("delta", "shown"), [("0.000001", "1e-6"), ("0.0000025", "2.5e-6"), ("0.01", "0.01")]
)
def test_a_small_delta_is_a_power_of_ten(delta: str, shown: str) -> None:
    assert words.delta_text(delta) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(-5, "0 seconds"), (1, "1 second"), (90, "1 minute"), (7_200, "2 hours"), (90_000, "1 day")],
)
def test_a_duration_is_its_largest_unit(seconds: int, shown: str) -> None:
    assert words.duration(seconds) == shown


def test_times_are_utc_for_people_and_machines() -> None:
    assert words.moment(1_764_077_638) == "25 Nov 2025, 13:33 UTC"
    assert words.machine_moment(1_764_077_638) == "2025-11-25T13:33:58Z"


def test_messages_of_the_services_read_in_human_numbers() -> None:
    text = "The job costs 24400000000 rho units; account a has 10000000000 units left."
    assert words.with_human_rho(text) == "The job costs rho 0.0244; account a has rho 0.0100 left."


def test_sizes_and_fingerprints_are_readable() -> None:
    assert words.size(999) == "999 bytes"
    assert words.size(81_000_000) == "81.0 MB"
    assert words.fingerprint("0123456789") == "0123 4567 89"
