"""The ledger in a dictionary: the model its SQL twin is held against."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from market.database.ledger.errors import (
    check_charges,
    check_units,
    debited_already,
    no_account,
    no_reservation,
    same_charges,
    too_late,
)
from market.entities.account import Balance, CapTooLow, Charge, OverBudget, Reservation, SpentDay
from market.errors import MarketError

DAY = 24 * 3_600


@dataclass
class MemoryLedger:
    caps: dict[str, int] = field(default_factory=dict)
    reservations: dict[str, Reservation] = field(default_factory=dict)
    debits: list[str] = field(default_factory=list)
    debited_at: dict[str, int] = field(default_factory=dict)

    def open_account(self, account: str, cap_units: int) -> None:
        check_units(account, cap_units)
        if account in self.caps:
            held = self.balance(account)
            if held.spent_units + held.reserved_units > cap_units:
                raise CapTooLow(held, cap_units)
        self.caps[account] = cap_units

    def open_accounts(self, caps: Mapping[str, int]) -> None:
        """All of them or none."""
        before = dict(self.caps)
        try:
            for account, cap_units in sorted(caps.items()):
                self.open_account(account, cap_units)
        except MarketError:
            self.caps.clear()
            self.caps.update(before)
            raise

    def balance(self, account: str) -> Balance:
        if account not in self.caps:
            raise no_account(account)
        held: Counter[str] = Counter()
        for reservation in self.reservations.values():
            for charge in reservation.charges:
                if charge.account == account:
                    held[reservation.state] += charge.units
        return Balance(account, self.caps[account], held["debited"], held["reserved"])

    def balances(self, accounts: Collection[str]) -> dict[str, Balance]:
        return {account: self.balance(account) for account in accounts if account in self.caps}

    def reserve(
        self, key: str, charges: tuple[Charge, ...], *, now: int, expires_at: int
    ) -> Reservation:
        check_charges(charges)
        if key in self.reservations:
            return same_charges(self.reservations[key], charges)
        for charge in sorted(charges, key=lambda charge: charge.account):
            held = self.balance(charge.account)
            if held.available_units < charge.units:
                raise OverBudget(held, charge.units)
        self.reservations[key] = Reservation(key, charges, "reserved", expires_at)
        return self.reservations[key]

    def debit(self, key: str, *, now: int) -> Reservation:
        found = self._find(key)
        if found.state == "debited":
            return found
        if found.state == "cancelled" or now >= found.expires_at:
            raise too_late(found, now)
        self.debits.append(key)
        self.debited_at[key] = now
        self.reservations[key] = replace(found, state="debited")
        return self.reservations[key]

    def cancel(self, key: str, *, now: int) -> Reservation:
        found = self._find(key)
        if found.state == "debited":
            raise debited_already(key)
        self.reservations[key] = replace(found, state="cancelled")
        return self.reservations[key]

    def expire(self, *, now: int) -> list[str]:
        due = sorted(
            key
            for key, reservation in self.reservations.items()
            if reservation.state == "reserved" and reservation.expires_at <= now
        )
        for key in due:
            self.cancel(key, now=now)
        return due

    def held(self, prefix: str) -> list[str]:
        return sorted(
            key
            for key, reservation in self.reservations.items()
            if reservation.state == "reserved" and key.startswith(prefix)
        )

    def debited(self, account: str) -> list[Reservation]:
        found = [self.reservations[key] for key in self.debits]
        return [r for r in found if any(charge.account == account for charge in r.charges)]

    def spent_by_day(self, account: str) -> list[SpentDay]:
        spent: Counter[int] = Counter()
        for reservation in self.debited(account):
            at = self.debited_at[reservation.key]
            spent[at - at % DAY] += sum(
                charge.units for charge in reservation.charges if charge.account == account
            )
        return [SpentDay(at, spent[at]) for at in sorted(spent)]

    def _find(self, key: str) -> Reservation:
        if key not in self.reservations:
            raise no_reservation(key)
        return self.reservations[key]
