"""Short names for the columns revisions create: every one with its comment."""

from __future__ import annotations

import sqlalchemy as sa


def text(name: str, comment: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable, comment=comment)


def long(name: str, comment: str, *, nullable: bool = False) -> sa.Column[int]:
    """64 bits."""
    return sa.Column(name, sa.BigInteger(), nullable=nullable, comment=comment)


def short(name: str, comment: str) -> sa.Column[int]:
    """32 bits."""
    return sa.Column(name, sa.Integer(), autoincrement=False, nullable=False, comment=comment)


def blob(name: str, comment: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=False, comment=comment)


def flag(name: str, comment: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False, comment=comment)


def row_number(name: str, comment: str) -> sa.Column[int]:
    """Counted by the database, never used again."""
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column(name, kind, autoincrement=True, nullable=False, comment=comment)
