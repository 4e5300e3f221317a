"""The ledger's tables: part of the portal's database and of the agent's own store.

Units are rho units (1e-12 zCDP) in budget accounts and flooding units (2^-80) in key accounts:
integers of at most 2^60, so that no sum of two leaves 64 bits.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)

from market.database.metadata import LEDGER, ROW_NUMBER
from market.entities.account import MAXIMUM_UNITS

ACCOUNT = Table(
    "ledger_account",
    LEDGER,
    Column("account", Text, primary_key=True, comment="Name (market.policy.accounts). Immutable."),
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
    Column(
        "key",
        Text,
        primary_key=True,
        comment="Idempotency key: the same operation twice is one reservation. Immutable.",
    ),
    Column(
        "state",
        Text,
        nullable=False,
        comment="reserved, then debited (for ever) or cancelled. Mutable, once.",
    ),
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
    Column(
        "key",
        Text,
        ForeignKey("ledger_reservation.key"),
        primary_key=True,
        comment="The reservation. Immutable.",
    ),
    Column(
        "position",
        Integer,
        primary_key=True,
        comment="Place among the reservation's charges, from 0. Immutable.",
    ),
    Column(
        "account",
        Text,
        ForeignKey("ledger_account.account"),
        nullable=False,
        comment="The account charged. Immutable.",
    ),
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
    Column(
        "account",
        Text,
        ForeignKey("ledger_account.account"),
        nullable=False,
        comment="The account.",
    ),
    Column(
        "kind",
        Text,
        nullable=False,
        comment="cap (a new cap), reserve, debit (of what was reserved) or cancel.",
    ),
    Column("units", BigInteger, nullable=False, comment="Units moved; the new cap for cap."),
    Column(
        "key",
        Text,
        ForeignKey("ledger_reservation.key"),
        nullable=True,
        comment="The reservation; null for cap.",
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
