"""What every table is declared with: the metadata they belong to, and the columns they share.

The portal's database holds PLATFORM and LEDGER, an agent's store LEDGER and its own
(market.vault.store.tables). Foreign keys lead within one metadata only.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, MetaData, Text

NAMES: Final = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
}
"""How constraints are called, on both engines, so that a migration can name them."""

PLATFORM: Final = MetaData(naming_convention=NAMES)
LEDGER: Final = MetaData(naming_convention=NAMES)

# SQLite counts rows only in a column of type INTEGER, which holds 64 bits there.
ROW_NUMBER: Final = BigInteger().with_variant(Integer, "sqlite")


def time_column(name: str, comment: str, *, nullable: bool = False) -> Column[int]:
    """A column of unix seconds."""
    return Column(name, BigInteger, nullable=nullable, comment=f"{comment} (unix seconds)")


def text_column(name: str, comment: str, *, nullable: bool = False) -> Column[str]:
    """A column of text."""
    return Column(name, Text, nullable=nullable, comment=comment)


def key_column(name: str, comment: str, *, of: str = "") -> Column[str]:
    """A column of text that is the primary key, or a part of it; `of` is what it refers to."""
    return Column(name, Text, *_foreign(of), primary_key=True, comment=comment)


def reference_column(name: str, of: str, comment: str, *, nullable: bool = False) -> Column[str]:
    """A column of text that refers to `of`, a table's column."""
    return Column(name, Text, ForeignKey(of), nullable=nullable, comment=comment)


def user_column(comment: str) -> Column[str]:
    """A column that names a user."""
    return reference_column("user_id", "person.user_id", comment)


def _foreign(of: str) -> list[ForeignKey]:
    return [ForeignKey(of)] if of else []
