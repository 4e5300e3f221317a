"""How far a budget is used up, as its operator is told: by marks that it has passed.

The exact number would tell a reader who also buys whether an answer was a new one, which is whether
somebody else had asked for it (market.services.jobs.read_budget).
"""

from __future__ import annotations

from typing import Final

from market.entities.account import Balance

MARKS_PERCENT: Final = (80, 95, 100)


def mark_passed(balance: Balance) -> int:
    """The highest of the marks that what is spent has reached, in percent of the cap; 0 below all.

    A cap of nothing is used up.
    """
    if balance.cap_units == 0:
        return MARKS_PERCENT[-1]
    passed = [
        mark for mark in MARKS_PERCENT if balance.spent_units * 100 >= mark * balance.cap_units
    ]
    return max(passed, default=0)
