"""A charge is told as its quote was; of several, no less than they are together."""

from __future__ import annotations

from decimal import Decimal

from market.pricing.charged import Charge, charged_epsilon
from market.pricing.guarantee import Guarantee, epsilon_of
from market.pricing.loss import shown_epsilon

DELTA = "0.000001"
UNITS = 26_300_000_000


def told(guarantee: Guarantee, units: int) -> str:
    return shown_epsilon(str(epsilon_of(guarantee, units, DELTA)))


def test_one_charge_is_told_by_its_own_noise() -> None:
    assert charged_epsilon([Charge(UNITS, "profile")], DELTA) == told("profile", UNITS)
    assert charged_epsilon([Charge(UNITS, "zcdp")], DELTA) == told("zcdp", UNITS)
    assert charged_epsilon([Charge(UNITS, "pure", Decimal("0.5"))], DELTA) == "0.5"


def test_of_different_noises_together_the_formula_for_every_noise_is_told() -> None:
    wide, laplace = Charge(UNITS, "profile"), Charge(UNITS, "pure", Decimal("0.25"))
    assert charged_epsilon([wide, wide], DELTA) == told("profile", 2 * UNITS)
    assert charged_epsilon([laplace, laplace], DELTA) == "0.5"
    assert charged_epsilon([wide, laplace], DELTA) == told("zcdp", 2 * UNITS)
    assert charged_epsilon([Charge(UNITS, "pure")], DELTA) == told("zcdp", UNITS)


def test_nothing_is_nothing_and_too_much_has_no_bound() -> None:
    assert charged_epsilon([], DELTA) == "0"
    assert charged_epsilon([Charge(10**19, "profile")], DELTA) == "without bound"
