"""The budget ledger in SQL: functions over a transaction, and the port with one transaction each.

The agent composes the functions inside its own, larger transaction; `reserve` then holds all its
charges or none even if the caller goes on after a refusal. Locks are taken in one order, the
reservations' rows by key and then the accounts' by name, so that no two operations wait for each
other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, insert, select, update

from market.database.engine import Database, insert_new
from market.database.ledger.balances import balance, balances
from market.database.ledger.errors import (
    check_charges,
    check_units,
    debited_already,
    in_order,
    no_reservation,
    same_charges,
    too_late,
)
from market.database.ledger.spending import spent_by_day
from market.database.ledger.tables import ACCOUNT, CHARGE, ENTRY, RESERVATION
from market.entities.account import Balance, CapTooLow, Charge, OverBudget, Reservation, SpentDay

# Well below the parameters either engine takes in one statement.
_KEYS_AT_ONCE = 100


def open_account(connection: Connection, account: str, cap_units: int) -> None:
    """See market.ports.ledger.Ledger.open_account; raises ValueError for a cap beyond 2^60."""
    check_units(account, cap_units)
    if not insert_new(
        connection, ACCOUNT, account=account, cap_units=cap_units, spent_units=0, reserved_units=0
    ):
        if balance(connection, account).cap_units == cap_units:
            return
        changed = connection.execute(
            update(ACCOUNT)
            .where(ACCOUNT.c.account == account)
            .where(ACCOUNT.c.spent_units + ACCOUNT.c.reserved_units <= cap_units)
            .values(cap_units=cap_units)
        )
        if changed.rowcount != 1:
            raise CapTooLow(balance(connection, account), cap_units)
    connection.execute(insert(ENTRY).values(account=account, kind="cap", units=cap_units))


def reserve(
    connection: Connection,
    key: str,
    charges: tuple[Charge, ...],
    *,
    now: int,
    expires_at: int,
) -> Reservation:
    """See market.ports.ledger.Ledger.reserve.

    Raises:
        ValueError: no charge, an account twice, or units outside 0 to 2^60.
    """
    check_charges(charges)
    with connection.begin_nested():
        if not insert_new(
            connection,
            RESERVATION,
            key=key,
            state="reserved",
            created_at=now,
            expires_at=expires_at,
        ):
            return same_charges(find(connection, key), charges)
        _hold(connection, charges)
        connection.execute(
            insert(CHARGE),
            [
                {"key": key, "position": position, "account": c.account, "units": c.units}
                for position, c in enumerate(charges)
            ],
        )
        _record(connection, "reserve", [(key, charge) for charge in charges], now=now)
    return Reservation(key, charges, "reserved", expires_at)


def debit(connection: Connection, key: str, *, now: int) -> Reservation:
    """See market.ports.ledger.Ledger.debit."""
    changed = connection.execute(
        update(RESERVATION)
        .where(RESERVATION.c.key == key)
        .where(RESERVATION.c.state == "reserved")
        .where(RESERVATION.c.expires_at > now)
        .values(state="debited")
    )
    reservation = find(connection, key)
    if changed.rowcount == 1:
        for charge in in_order(reservation.charges):
            connection.execute(
                update(ACCOUNT)
                .where(ACCOUNT.c.account == charge.account)
                .values(
                    spent_units=ACCOUNT.c.spent_units + charge.units,
                    reserved_units=ACCOUNT.c.reserved_units - charge.units,
                )
            )
        _record(connection, "debit", [(key, charge) for charge in reservation.charges], now=now)
    elif reservation.state != "debited":
        raise too_late(reservation, now)
    return reservation


def cancel(connection: Connection, key: str, *, now: int) -> Reservation:
    """See market.ports.ledger.Ledger.cancel."""
    changed = connection.execute(
        update(RESERVATION)
        .where(RESERVATION.c.key == key)
        .where(RESERVATION.c.state == "reserved")
        .values(state="cancelled")
    )
    reservation = find(connection, key)
    if changed.rowcount == 1:
        _give_back(connection, [(key, charge) for charge in reservation.charges], now=now)
    elif reservation.state == "debited":
        raise debited_already(key)
    return reservation


def expire(connection: Connection, *, now: int) -> list[str]:
    """See market.ports.ledger.Ledger.expire."""
    # Locked by key before any account; what another process is expiring is left to it.
    due = (
        select(RESERVATION.c.key)
        .where(RESERVATION.c.state == "reserved")
        .where(RESERVATION.c.expires_at <= now)
        .order_by(RESERVATION.c.key)
        .with_for_update(skip_locked=True)
    )
    keys = list(connection.execute(due).scalars())
    for start in range(0, len(keys), _KEYS_AT_ONCE):
        batch = keys[start : start + _KEYS_AT_ONCE]
        connection.execute(
            update(RESERVATION).where(RESERVATION.c.key.in_(batch)).values(state="cancelled")
        )
        found = connection.execute(
            select(CHARGE).where(CHARGE.c.key.in_(batch)).order_by(CHARGE.c.key, CHARGE.c.position)
        )
        _give_back(connection, [(r.key, Charge(r.account, r.units)) for r in found], now=now)
    return keys


def held(connection: Connection, prefix: str) -> list[str]:
    """See market.ports.ledger.Ledger.held."""
    keys = connection.execute(
        select(RESERVATION.c.key)
        .where(RESERVATION.c.state == "reserved")
        .order_by(RESERVATION.c.key)
    ).scalars()
    return [key for key in keys if key.startswith(prefix)]


def debited(connection: Connection, account: str) -> list[Reservation]:
    """See market.ports.ledger.Ledger.debited."""
    keys = connection.execute(
        select(ENTRY.c.key)
        .where(ENTRY.c.account == account, ENTRY.c.kind == "debit")
        .order_by(ENTRY.c.entry)
    ).scalars()
    return [find(connection, key) for key in list(keys)]


@dataclass(frozen=True, slots=True)
class SqlLedger:
    """market.ports.ledger.Ledger over a database, one transaction each."""

    database: Database

    def open_account(self, account: str, cap_units: int) -> None:
        """See the port; raises CapTooLow."""
        self.database.run(lambda connection: open_account(connection, account, cap_units))

    def balance(self, account: str) -> Balance:
        """See the port; raises NotFound (`no-account`)."""
        with self.database.reading() as connection:
            return balance(connection, account)

    def balances(self, accounts: Collection[str]) -> dict[str, Balance]:
        """See the port."""
        with self.database.reading() as connection:
            return balances(connection, accounts)

    def reserve(
        self, key: str, charges: tuple[Charge, ...], *, now: int, expires_at: int
    ) -> Reservation:
        """See the port; raises OverBudget, Conflict (`reservation-differs`)."""
        return self.database.run(
            lambda connection: reserve(connection, key, charges, now=now, expires_at=expires_at)
        )

    def debit(self, key: str, *, now: int) -> Reservation:
        """See the port; raises Conflict (`reservation-ended`), NotFound."""
        return self.database.run(lambda connection: debit(connection, key, now=now))

    def cancel(self, key: str, *, now: int) -> Reservation:
        """See the port; raises Conflict (`reservation-debited`), NotFound."""
        return self.database.run(lambda connection: cancel(connection, key, now=now))

    def expire(self, *, now: int) -> list[str]:
        """See the port."""
        return self.database.run(lambda connection: expire(connection, now=now))

    def held(self, prefix: str) -> list[str]:
        """See the port."""
        with self.database.reading() as connection:
            return held(connection, prefix)

    def debited(self, account: str) -> list[Reservation]:
        """See the port."""
        with self.database.reading() as connection:
            return debited(connection, account)

    def spent_by_day(self, account: str) -> list[SpentDay]:
        """See the port."""
        with self.database.reading() as connection:
            return spent_by_day(connection, account)


def _hold(connection: Connection, charges: tuple[Charge, ...]) -> None:
    for charge in in_order(charges):
        held = connection.execute(
            update(ACCOUNT)
            .where(ACCOUNT.c.account == charge.account)
            .where(
                ACCOUNT.c.spent_units + ACCOUNT.c.reserved_units + charge.units
                <= ACCOUNT.c.cap_units
            )
            .values(reserved_units=ACCOUNT.c.reserved_units + charge.units)
        )
        if held.rowcount != 1:
            raise OverBudget(balance(connection, charge.account), charge.units)


def _give_back(connection: Connection, given: list[tuple[str, Charge]], *, now: int) -> None:
    sums: Counter[str] = Counter()
    for _, charge in given:
        sums[charge.account] += charge.units
    for account in sorted(sums):
        connection.execute(
            update(ACCOUNT)
            .where(ACCOUNT.c.account == account)
            .values(reserved_units=ACCOUNT.c.reserved_units - sums[account])
        )
    _record(connection, "cancel", given, now=now)


def _record(
    connection: Connection,
    kind: Literal["reserve", "debit", "cancel"],
    moved: Iterable[tuple[str, Charge]],
    *,
    now: int,
) -> None:
    connection.execute(
        insert(ENTRY),
        [
            {"account": c.account, "kind": kind, "units": c.units, "key": key, "at": now}
            for key, c in moved
        ],
    )


def find(connection: Connection, key: str) -> Reservation:
    """A reservation as it is now (raises NotFound: `no-reservation`)."""
    row = connection.execute(select(RESERVATION).where(RESERVATION.c.key == key)).one_or_none()
    if row is None:
        raise no_reservation(key)
    charges = connection.execute(
        select(CHARGE).where(CHARGE.c.key == key).order_by(CHARGE.c.position)
    )
    return Reservation(
        row.key,
        tuple(Charge(charge.account, charge.units) for charge in charges),
        row.state,
        row.expires_at,
    )
