"""The privacy budget: integers, conditional updates, never a read before a write.

An account holds a cap in rho units (1e-12 zCDP). A reservation holds part of it until it is
debited (the point of no return), released, or expires. One operation may charge several accounts
(each lineage's epoch, the buyer's allocation, the key's flooding): all or none. The portal's
database and the agent's own store have one each; either refuses on its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, Protocol

from market.errors import Refused

MAXIMUM_UNITS: Final = 2**60
"""The largest cap or charge: an account of this cap limits nothing."""

ReservationState = Literal["reserved", "debited", "released"]


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


class OverBudget(Refused):
    """An account cannot hold what is asked of it; market.policy.budget says so to people."""

    def __init__(self, account: Balance, units: int) -> None:
        super().__init__(
            "over-budget",
            f"Account {account.account} cannot hold what is asked of it.",
            "Ask for a smaller epsilon, or wait: expired reservations are given back.",
        )
        self.account = account
        self.units = units


class CapTooLow(Refused):
    """More is spent and reserved than a cap allows; market.policy.budget says so to people."""

    def __init__(self, account: Balance, cap_units: int) -> None:
        super().__init__(
            "cap-below-spending",
            f"Account {account.account} has more spent and reserved than the cap it should get.",
            "Set a higher cap.",
        )
        self.account = account
        self.cap_units = cap_units


class Ledger(Protocol):
    def open_account(self, account: str, cap_units: int) -> None:
        """Create an account; opening it again may lower the cap's free part, never raise spending.

        An existing account keeps its spending; its cap becomes `cap_units`.

        Raises:
            CapTooLow: the new cap lies below what is spent and reserved.
        """

    def balance(self, account: str) -> Balance:
        """Raises NotFound."""

    def reserve(
        self, key: str, charges: tuple[Charge, ...], *, now: int, expires_at: int
    ) -> Reservation:
        """Hold every charge, or none.

        The same key with the same charges returns the first reservation as it is now.

        Raises:
            OverBudget: with the account and the units asked.
            Conflict: the key was used for something else.
        """

    def debit(self, key: str, *, now: int) -> Reservation:
        """Reserved becomes debited: spent for ever. Debiting again changes nothing.

        Raises:
            Conflict: the reservation was released or has expired; NotFound: there is none.
        """

    def release(self, key: str, *, now: int) -> Reservation:
        """Give a reservation back. Releasing again changes nothing.

        Raises:
            Conflict: it was debited; NotFound: there is none.
        """

    def expire(self, *, now: int) -> list[str]:
        """Release every reservation past its time; returns their keys."""

    def debited(self, account: str) -> list[Reservation]:
        """Every debit of an account, oldest first: what receipts are compared with."""
