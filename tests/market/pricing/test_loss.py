from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.pricing import loss


@given(st.integers(1, 10**15))
def test_rho_is_never_shown_smaller_than_it_is(units: int) -> None:
    shown = Decimal(loss.rho_text(units))
    exact = Decimal(units) / 10**12
    assert exact <= shown <= exact * Decimal("1.1") + Decimal("0.0001")
    assert shown > 0


@pytest.mark.parametrize(
    ("units", "shown"),
    [(0, "0.0000"), (10**10, "0.0100"), (10**12, "1.0000"), (12_345, "0.000000013")],
)
def test_rho_reads_as_a_plain_number(units: int, shown: str) -> None:
    assert loss.rho_text(units) == shown


def test_epsilon_is_rounded_up() -> None:
    assert loss.epsilon_text(10**10, "0.000001") == "0.63"
    assert loss.epsilon_text(0, "0.000001") == "0.00"


@pytest.mark.parametrize(
    ("delta", "shown"), [("0.000001", "1e-6"), ("0.0000025", "2.5e-6"), ("0.01", "0.01")]
)
def test_a_small_delta_is_a_power_of_ten(delta: str, shown: str) -> None:
    assert loss.delta_text(delta) == shown


def test_losses_that_differ_are_told_apart() -> None:
    assert loss.compared_losses(10**10, 10**10 + 1, "0.000001") == (
        "rho 0.01 (epsilon 0.63)",
        "rho 0.010000000001 (epsilon 0.63)",
    )


def test_any_number_somebody_wrote_into_a_request_can_be_told() -> None:
    told = loss.loss_text(2**63 - 1, "0.000001")
    assert told == "rho 9223372.0369 (epsilon without bound)"
