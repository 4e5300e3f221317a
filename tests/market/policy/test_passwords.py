"""Which passwords are refused, and how waits grow."""

from __future__ import annotations

import pytest

from market.errors import Refused
from market.policy.passwords import refuse_weak_password, wait_seconds


@pytest.mark.parametrize(
    "password",
    [
        "",
        "nine char",
        "x" * 1_001,
        "abababababab",
        "the Ada family",
        "1234567890",
        "9876543210",
        "Password123!",
        "p4ssw0rd2024",
        "!!Qwertyuiop!!",
        "w3lc0me12345",
    ],
)
def test_weak_password_is_refused(password: str) -> None:
    with pytest.raises(Refused, match="weak-password"):
        refuse_weak_password("ada", password)


@pytest.mark.parametrize(
    "password", ["correct horse battery", "k7#mQ2!vXp", "пароль-не-слово", "10 red balloons up"]
)
def test_other_password_is_accepted(password: str) -> None:
    refuse_weak_password("ada", password)


def test_waits_start_after_five_failures_double_and_end_at_a_quarter_of_an_hour() -> None:
    assert [wait_seconds(failures) for failures in range(5)] == [0] * 5
    assert [wait_seconds(failures) for failures in (5, 6, 7, 10, 11)] == [15, 30, 60, 480, 900]
    assert wait_seconds(10**6) == 900
