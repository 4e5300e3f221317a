"""What is spent and reserved of accounts: of one, of several in one look, of all people."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, select
from sqlalchemy.engine import Row

from market.database.ledger.errors import no_account
from market.database.ledger.tables import ACCOUNT
from market.entities.account import Balance
from market.policy.budget.accounts import PEOPLE


def balance(connection: Connection, account: str) -> Balance:
    """An account's cap, and what is spent and reserved of it.

    Raises:
        NotFound: `no-account`.
    """
    row = connection.execute(select(ACCOUNT).where(ACCOUNT.c.account == account)).one_or_none()
    if row is None:
        raise no_account(account)
    return _balance_of(row)


def balances(connection: Connection, accounts: Collection[str]) -> dict[str, Balance]:
    """See market.ports.ledger.Ledger.balances."""
    rows = connection.execute(select(ACCOUNT).where(ACCOUNT.c.account.in_(accounts)))
    return {row.account: _balance_of(row) for row in rows}


def budgets(connection: Connection) -> list[Balance]:
    """The caps of lineages, by account; a buyer's part of one is none of them."""
    name = ACCOUNT.c.account
    rows = connection.execute(
        select(ACCOUNT)
        .where(name.startswith(PEOPLE, autoescape=True), name.not_like("%/buyer/%"))
        .order_by(name)
    )
    return [_balance_of(row) for row in rows]


def _balance_of(row: Row[tuple[object, ...]]) -> Balance:
    return Balance(row.account, row.cap_units, row.spent_units, row.reserved_units)
