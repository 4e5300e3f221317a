"""The ledger as it was first made: the same in both branches."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from market.database.migrations.columns import long, row_number, short, text


def create_ledger() -> None:
    _ledger_account()
    _ledger_reservation()
    _ledger_charge()
    _ledger_entry()
    refuse_changes_of_entries()


def drop_ledger() -> None:
    allow_changes_of_entries()
    op.drop_table("ledger_entry")
    op.drop_table("ledger_charge")
    op.drop_table("ledger_reservation")
    op.drop_table("ledger_account")


def _ledger_account() -> None:
    op.create_table(
        "ledger_account",
        text("account", "Name (market.policy.budget.accounts). Immutable."),
        long(
            "cap_units",
            "Most that may ever be spent, in units. Mutable, never below spent + reserved.",
        ),
        long("spent_units", "Sum of the account's debits, in units. Mutable, only ever grows."),
        long("reserved_units", "Sum of the account's live reservations, in units. Mutable."),
        sa.CheckConstraint(
            "spent_units + reserved_units <= cap_units", name=op.f("ck_ledger_account_cap")
        ),
        sa.CheckConstraint(
            "cap_units BETWEEN 0 AND 1152921504606846976", name=op.f("ck_ledger_account_range")
        ),
        sa.CheckConstraint("reserved_units >= 0", name=op.f("ck_ledger_account_reserved")),
        sa.CheckConstraint("spent_units >= 0", name=op.f("ck_ledger_account_spent")),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_ledger_account")),
    )


def _ledger_reservation() -> None:
    op.create_table(
        "ledger_reservation",
        text("key", "Idempotency key: the same operation twice is one reservation. Immutable."),
        text("state", "reserved, then debited (for ever) or released. Mutable, once."),
        long("created_at", "Unix seconds. Immutable."),
        long("expires_at", "Unix seconds from which it can no longer be debited. Immutable."),
        sa.CheckConstraint(
            "state IN ('reserved', 'debited', 'released')", name=op.f("ck_ledger_reservation_state")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_ledger_reservation")),
    )
    op.create_index(
        "ix_ledger_reservation_state_expires_at", "ledger_reservation", ["state", "expires_at"]
    )


def _ledger_charge() -> None:
    op.create_table(
        "ledger_charge",
        text("key", "The reservation. Immutable."),
        short("position", "Place among the reservation's charges, from 0. Immutable."),
        text("account", "The account charged. Immutable."),
        long("units", "Units charged. Immutable."),
        sa.CheckConstraint(
            "units BETWEEN 0 AND 1152921504606846976", name=op.f("ck_ledger_charge_units")
        ),
        sa.ForeignKeyConstraint(
            ["account"], ["ledger_account.account"], name=op.f("fk_ledger_charge_account")
        ),
        sa.ForeignKeyConstraint(
            ["key"], ["ledger_reservation.key"], name=op.f("fk_ledger_charge_key")
        ),
        sa.PrimaryKeyConstraint("key", "position", name=op.f("pk_ledger_charge")),
        sa.UniqueConstraint("key", "account", name=op.f("uq_ledger_charge_key_account")),
    )
    op.create_index("ix_ledger_charge_account", "ledger_charge", ["account"])


def _ledger_entry() -> None:
    op.create_table(
        "ledger_entry",
        row_number(
            "entry",
            "Number in order of writing. Immutable, as the whole row: triggers refuse changes.",
        ),
        text("account", "The account."),
        text("kind", "cap (a new cap), reserve, debit (of what was reserved) or release."),
        long("units", "Units moved; the new cap for cap."),
        text("key", "The reservation; null for cap.", nullable=True),
        long(
            "at",
            "Unix seconds; null for cap, whose time stands in the signed policy or grant.",
            nullable=True,
        ),
        sa.CheckConstraint("(kind = 'cap') = (at IS NULL)", name=op.f("ck_ledger_entry_at")),
        sa.CheckConstraint("(kind = 'cap') = (key IS NULL)", name=op.f("ck_ledger_entry_key")),
        sa.CheckConstraint(
            "kind IN ('cap', 'reserve', 'debit', 'release')", name=op.f("ck_ledger_entry_kind")
        ),
        sa.ForeignKeyConstraint(
            ["account"], ["ledger_account.account"], name=op.f("fk_ledger_entry_account")
        ),
        sa.ForeignKeyConstraint(
            ["key"], ["ledger_reservation.key"], name=op.f("fk_ledger_entry_key")
        ),
        sa.PrimaryKeyConstraint("entry", name=op.f("pk_ledger_entry")),
        sa.UniqueConstraint(
            "key", "account", "kind", name=op.f("uq_ledger_entry_key_account_kind")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_ledger_entry_account", "ledger_entry", ["account"])


def allow_changes_of_entries() -> None:
    """Until `refuse_changes_of_entries`, for a revision that renames what stands in them."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION ledger_entry_append_only CASCADE")
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(f"DROP TRIGGER ledger_entry_no_{change.lower()}")


def refuse_changes_of_entries() -> None:
    """Triggers that refuse every change of a line and its loss."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION ledger_entry_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE integrity_constraint_violation "
            "USING MESSAGE = 'ledger entries are never changed'; END $$"
        )
        op.execute(
            "CREATE TRIGGER ledger_entry_append_only BEFORE UPDATE OR DELETE ON ledger_entry "
            "FOR EACH ROW EXECUTE FUNCTION ledger_entry_append_only()"
        )
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER ledger_entry_no_{change.lower()} BEFORE {change} ON ledger_entry "
            "BEGIN SELECT RAISE(ABORT, 'ledger entries are never changed'); END"
        )
