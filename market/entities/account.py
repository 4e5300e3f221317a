"""Budget accounts: what they hold, what is charged to them, what is refused.

An account holds a cap in rho units (1e-12 zCDP). A reservation holds part of it until it is
debited (the point of no return), cancelled, or expires.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from market.errors import Refused

MAXIMUM_UNITS: Final = 2**60
"""The largest cap or charge: an account of this cap limits nothing."""


ReservationState = Literal["reserved", "debited", "cancelled"]


@dataclass(frozen=True, slots=True)
class Balance:
    """cap >= spent + reserved, always."""

    account: str
    cap_units: int
    spent_units: int
    reserved_units: int

    @property
    def available_units(self) -> int:
        return self.cap_units - self.spent_units - self.reserved_units


@dataclass(frozen=True, slots=True)
class Charge:
    """`units` in one account: rho units, or the flooding units of a key's account."""

    account: str
    units: int


@dataclass(frozen=True, slots=True)
class Reservation:
    """`key` is the idempotency key: the same key twice is the same reservation."""

    key: str
    charges: tuple[Charge, ...]
    state: ReservationState
    expires_at: int


@dataclass(frozen=True, slots=True)
class SpentDay:
    """`units` debited from an account on one day (UTC) that begins at `at`, unix seconds."""

    at: int
    units: int


class OverBudget(Refused):
    """An account cannot hold what is asked of it; market.policy.budget.budget says so to people."""

    def __init__(self, account: Balance, units: int) -> None:
        super().__init__(
            "over-budget",
            f"Account {account.account} cannot hold what is asked of it.",
            "Ask for a smaller epsilon, or wait: expired reservations are given back.",
        )
        self.account = account
        self.units = units


class CapTooLow(Refused):
    """More is spent and reserved than a cap allows (market.policy.budget.budget says so)."""

    def __init__(self, account: Balance, cap_units: int) -> None:
        super().__init__(
            "cap-below-spending",
            f"Account {account.account} has more spent and reserved than the cap it should get.",
            "Set a higher cap.",
        )
        self.account = account
        self.cap_units = cap_units
