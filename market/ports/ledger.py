"""The privacy budget: integers, conditional updates, never a read before a write.

One operation may charge several accounts (each lineage's epoch, the buyer's allocation, the key's
flooding): all or none. The portal's database and the agent's own store have one each; either
refuses on its own.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from market.entities.account import Balance, Charge, Reservation, SpentDay


class Ledger(Protocol):
    def open_account(self, account: str, cap_units: int) -> None:
        """Create an account; opening it again may lower the cap's free part, never raise spending.

        An existing account keeps its spending; its cap becomes `cap_units`.

        Raises:
            CapTooLow: the new cap lies below what is spent and reserved.
        """

    def balance(self, account: str) -> Balance:
        """An account's cap, and what is spent and reserved of it.

        Raises:
            NotFound: `no-account`.
        """

    def balances(self, accounts: Collection[str]) -> dict[str, Balance]:
        """The same of several accounts, by name, in one look; none of an unknown account."""

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
            Conflict: the reservation was cancelled or has expired; NotFound: there is none.
        """

    def cancel(self, key: str, *, now: int) -> Reservation:
        """Give a reservation back. Cancelling again changes nothing.

        Raises:
            Conflict: it was debited; NotFound: there is none.
        """

    def expire(self, *, now: int) -> list[str]:
        """Cancel every reservation past its time; returns their keys."""

    def held(self, prefix: str) -> list[str]:
        """Keys, in order and beginning with `prefix`, of the reservations that are neither
        debited nor given back."""

    def debited(self, account: str) -> list[Reservation]:
        """Every debit of an account, oldest first: what receipts are compared with."""

    def spent_by_day(self, account: str) -> list[SpentDay]:
        """What was debited from an account, by day, oldest first; no day without a debit."""
