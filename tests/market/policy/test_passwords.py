"""Which passwords are refused, and which are not."""

from __future__ import annotations

import pytest

from market.errors import Refused
from market.policy.operation.passwords import refuse_weak_password


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
