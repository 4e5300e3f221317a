"""A budget's mark is the highest that its spending has reached, to the unit."""

from __future__ import annotations

import pytest

from market.entities.account import MAXIMUM_UNITS, Balance
from market.policy.budget.burn import mark_passed


@pytest.mark.parametrize(
    ("spent", "mark"), [(0, 0), (799, 0), (800, 80), (949, 80), (950, 95), (999, 95), (1_000, 100)]
)
def test_mark_is_reached_to_the_unit(spent: int, mark: int) -> None:
    assert mark_passed(Balance("a", 1_000, spent, 0)) == mark


def test_reserved_is_not_spent_and_a_cap_of_nothing_is_used_up() -> None:
    assert mark_passed(Balance("a", 1_000, 0, 1_000)) == 0
    assert mark_passed(Balance("a", 0, 0, 0)) == 100
    assert mark_passed(Balance("a", MAXIMUM_UNITS, MAXIMUM_UNITS - 1, 0)) == 95
