"""The tables of what colleagues share; both hold documents that somebody signed."""

from __future__ import annotations

from sqlalchemy import Index, Table

from market.database.metadata import (
    PLATFORM,
    key_column,
    reference_column,
    text_column,
    time_column,
)

READER_KEY = Table(
    "reader_key",
    PLATFORM,
    key_column("user_id", "Whose. Immutable.", of="person.user_id"),
    text_column("document", "The signed market/reader-key/1. Mutable."),
)

SHARED_RESULT = Table(
    "shared_result",
    PLATFORM,
    key_column("job", "Whose result it is. Immutable.", of="job.job"),
    key_column("recipient", "Whom it is sealed to. Immutable.", of="person.user_id"),
    reference_column("organisation", "organisation.organisation", "Of both. Immutable."),
    reference_column("sharer", "person.user_id", "Whose client sealed it. Mutable."),
    text_column("document", "The signed market/shared-result/1; empty once withdrawn. Mutable."),
    time_column("shared_at", "When it was shared last. Mutable"),
    time_column("withdrawn_at", "When its sharer took it back; 0 before. Mutable"),
    Index("ix_shared_result_organisation", "organisation"),
    Index("ix_shared_result_recipient", "recipient"),
    Index("ix_shared_result_sharer", "sharer"),
    Index("ix_shared_result_shared_at", "shared_at"),
)
