"""The ledger's tables: part of the portal's database and of the agent's own store.

Units are rho units (1e-12 zCDP) in budget accounts and flooding units (2^-80) in key accounts:
integers of at most 2^60, so that no sum of two leaves 64 bits.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Integer,
    Table,
    UniqueConstraint,
)

from market.database.metadata import LEDGER, ROW_NUMBER, key_column, reference_column, text_column
from market.entities.account import MAXIMUM_UNITS

ACCOUNT = Table(
    "ledger_account",
    LEDGER,
    key_column("account", "Name (market.policy.budget.accounts). Immutable."),
    Column(
        "cap_units",
        BigInteger,
        nullable=False,
        comment="Most that may ever be spent, in units. Mutable, never below spent + reserved.",
    ),
    Column(
        "spent_units",
        BigInteger,
        nullable=False,
        comment="Sum of the account's debits, in units. Mutable, only ever grows.",
    ),
    Column(
        "reserved_units",
        BigInteger,
        nullable=False,
        comment="Sum of the account's live reservations, in units. Mutable.",
    ),
    CheckConstraint("spent_units >= 0", name="spent"),
    CheckConstraint("reserved_units >= 0", name="reserved"),
    CheckConstraint("spent_units + reserved_units <= cap_units", name="cap"),
    CheckConstraint(f"cap_units BETWEEN 0 AND {MAXIMUM_UNITS}", name="range"),
)

RESERVATION = Table(
    "ledger_reservation",
    LEDGER,
    key_column("key", "Idempotency key: the same operation twice is one reservation. Immutable."),
    text_column("state", "reserved, then debited (for ever) or cancelled. Mutable, once."),
    Column("created_at", BigInteger, nullable=False, comment="Unix seconds. Immutable."),
    Column(
        "expires_at",
        BigInteger,
        nullable=False,
        comment="Unix seconds from which it can no longer be debited. Immutable.",
    ),
    CheckConstraint("state IN ('reserved', 'debited', 'cancelled')", name="state"),
    Index("ix_ledger_reservation_state_expires_at", "state", "expires_at"),
)

CHARGE = Table(
    "ledger_charge",
    LEDGER,
    key_column("key", "The reservation. Immutable.", of="ledger_reservation.key"),
    Column(
        "position",
        Integer,
        primary_key=True,
        comment="Place among the reservation's charges, from 0. Immutable.",
    ),
    reference_column("account", "ledger_account.account", "The account charged. Immutable."),
    Column("units", BigInteger, nullable=False, comment="Units charged. Immutable."),
    UniqueConstraint("key", "account"),
    CheckConstraint(f"units BETWEEN 0 AND {MAXIMUM_UNITS}", name="units"),
    Index("ix_ledger_charge_account", "account"),
)

ENTRY = Table(
    "ledger_entry",
    LEDGER,
    Column(
        "entry",
        ROW_NUMBER,
        primary_key=True,
        autoincrement=True,
        comment="Number in order of writing. Immutable, as the whole row: triggers refuse changes.",
    ),
    reference_column("account", "ledger_account.account", "The account."),
    text_column("kind", "cap (a new cap), reserve, debit (of what was reserved) or cancel."),
    Column("units", BigInteger, nullable=False, comment="Units moved; the new cap for cap."),
    reference_column(
        "key", "ledger_reservation.key", "The reservation; null for cap.", nullable=True
    ),
    Column(
        "at",
        BigInteger,
        nullable=True,
        comment="Unix seconds; null for cap, whose time stands in the signed policy or grant.",
    ),
    UniqueConstraint("key", "account", "kind"),
    CheckConstraint("kind IN ('cap', 'reserve', 'debit', 'cancel')", name="kind"),
    CheckConstraint("(kind = 'cap') = (key IS NULL)", name="key"),
    CheckConstraint("(kind = 'cap') = (at IS NULL)", name="at"),
    Index("ix_ledger_entry_account", "account"),
    sqlite_autoincrement=True,
)
