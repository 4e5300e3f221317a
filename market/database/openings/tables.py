"""Which sums were opened, for whom: what is charged once is looked up here."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, Table

from market.database.metadata import LEDGER, key_column, text_column

OPENED_SUM: Final = Table(
    "ledger_opened_sum",
    LEDGER,
    key_column("chain", "The agent whose noise it carries. Immutable, as the whole row."),
    Column(
        "sequence",
        BigInteger,
        primary_key=True,
        autoincrement=False,
        comment="The receipt of its release in the agent's chain.",
    ),
    key_column("output", "The sum (market.plan.factors)."),
    text_column("family", "Of its outputs a row touches one (market.plan.moments)."),
    text_column("ladder", "On which its noise lies (crypto.ladder)."),
    Column("rung", Integer, nullable=False, comment="Of the ladder."),
    text_column("manifest_hash", "The data it is a sum of."),
    text_column("buyer", "Fingerprint of the buyer's key."),
    Index("ix_ledger_opened_sum_manifest_hash_buyer", "manifest_hash", "buyer"),
)
