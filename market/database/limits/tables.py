"""The table of limits that are an organisation's own."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Table

from market.database.metadata import PLATFORM, key_column

ORGANISATION_LIMIT = Table(
    "organisation_limit",
    PLATFORM,
    key_column("organisation", "Whose. Immutable.", of="organisation.organisation"),
    key_column("name", "Of what (market.entities.limits). Immutable."),
    Column("most", BigInteger, nullable=False, comment="The most they may have. Mutable."),
    CheckConstraint("most >= 0", name="most"),
)
