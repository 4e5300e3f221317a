"""What is given back is `cancelled`, by a `cancel` entry: the same in both branches.

"Released" is what an agent does with an answer. Entries are never changed by anybody but this
revision, which takes the triggers that refuse changes away for its moment.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from market.database.migrations.ledger_baseline import (
    allow_changes_of_entries,
    refuse_changes_of_entries,
)

_STATE = "reserved, then debited (for ever) or {}. Mutable, once."
_KIND = "cap (a new cap), reserve, debit (of what was reserved) or {}."


def rename_to_cancelled() -> None:
    """`released` becomes `cancelled`, `release` becomes `cancel`."""
    _rename("released", "cancelled", "release", "cancel")


def rename_to_released() -> None:
    """And back."""
    _rename("cancelled", "released", "cancel", "release")


def _rename(old_state: str, new_state: str, old_kind: str, new_kind: str) -> None:
    allow_changes_of_entries()
    _rename_in(
        "ledger_reservation",
        "state",
        ("reserved", "debited"),
        (old_state, new_state),
        _STATE.format(new_state),
    )
    _rename_in(
        "ledger_entry",
        "kind",
        ("cap", "reserve", "debit"),
        (old_kind, new_kind),
        _KIND.format(new_kind),
    )
    refuse_changes_of_entries()


def _rename_in(
    table: str, column: str, others: tuple[str, ...], renamed: tuple[str, str], comment: str
) -> None:
    old, new = renamed
    name = op.f(f"ck_{table}_{column}")
    # SQLite rebuilds the table, which would forget that its numbers are never used again.
    kwargs = {"sqlite_autoincrement": table == "ledger_entry"}
    with op.batch_alter_table(table, table_kwargs=kwargs) as change:
        change.drop_constraint(name, type_="check")
    op.execute(f"UPDATE {table} SET {column} = '{new}' WHERE {column} = '{old}'")
    values = ", ".join(f"'{value}'" for value in (*others, new))
    with op.batch_alter_table(table, table_kwargs=kwargs) as change:
        change.create_check_constraint(name, f"{column} IN ({values})")
        change.alter_column(
            column, existing_type=sa.Text(), existing_nullable=False, comment=comment
        )
