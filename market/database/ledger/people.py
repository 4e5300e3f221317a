"""Budgets of people among a ledger's accounts."""

from __future__ import annotations

from sqlalchemy import Connection, select

from market.database.ledger.tables import ACCOUNT
from market.entities.account import Balance
from market.policy.accounts import PEOPLE


def budgets(connection: Connection) -> list[Balance]:
    """The caps of lineages, by account; a buyer's part of one is none of them."""
    name = ACCOUNT.c.account
    rows = connection.execute(
        select(ACCOUNT)
        .where(name.startswith(PEOPLE, autoescape=True), name.not_like("%/buyer/%"))
        .order_by(name)
    )
    return [
        Balance(row.account, row.cap_units, row.spent_units, row.reserved_units) for row in rows
    ]
