"""What was spent of an account, by day."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, func, select

from market.database.ledger.tables import ENTRY
from market.entities.account import SpentDay

_DAY: Final = 24 * 3_600


def spent_by_day(connection: Connection, account: str) -> list[SpentDay]:
    """See market.ports.ledger.Ledger.spent_by_day."""
    day = (ENTRY.c.at - ENTRY.c.at % _DAY).label("day")
    of_account = select(day, func.sum(ENTRY.c.units).label("units")).where(
        ENTRY.c.account == account, ENTRY.c.kind == "debit"
    )
    rows = connection.execute(of_account.group_by(day).order_by(day))
    return [SpentDay(row.day, int(row.units)) for row in rows]
