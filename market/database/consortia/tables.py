"""The tables of consortia: signed documents as the exact canonical text that was signed."""

from __future__ import annotations

from typing import Final

from sqlalchemy import CheckConstraint, Column, ForeignKeyConstraint, Index, Integer, Table

from market.database.metadata import (
    PLATFORM,
    key_column,
    reference_column,
    text_column,
    time_column,
)

_PROPOSAL: Final = ("consortium_proposal.consortium", "consortium_proposal.number")


def _number_column() -> Column[int]:
    return Column(
        "number",
        Integer,
        primary_key=True,
        autoincrement=False,
        comment="Which of its proposals. Immutable.",
    )


CONSORTIUM = Table(
    "consortium",
    PLATFORM,
    key_column("consortium", "Its id. Immutable.", of="catalogue_name.name"),
    Column(
        "newest_number",
        Integer,
        nullable=False,
        comment="Number of its newest proposal, 0 before the first. Mutable, by 1.",
    ),
    CheckConstraint("newest_number >= 0", name="newest_number"),
)

CONSORTIUM_PROPOSAL = Table(
    "consortium_proposal",
    PLATFORM,
    key_column("consortium", "The consortium. Immutable.", of="consortium.consortium"),
    _number_column(),
    text_column("document", "The proposal, as its proposer signed it. Immutable."),
    time_column("received_at", "When it came. Immutable"),
    CheckConstraint("number >= 1", name="number"),
)

CONSORTIUM_SEAT = Table(
    "consortium_seat",
    PLATFORM,
    key_column("consortium", "The consortium. Immutable."),
    _number_column(),
    key_column("organisation", "Whose seat it is. Immutable.", of="organisation.organisation"),
    text_column("joining", "Who took it, signed. Mutable, once.", nullable=True),
    text_column("consent", "Their consent to the agreement. Mutable, once.", nullable=True),
    text_column("departure", "That they left it. Mutable, once.", nullable=True),
    ForeignKeyConstraint(["consortium", "number"], _PROPOSAL),
    CheckConstraint("consent IS NULL OR joining IS NOT NULL", name="consent"),
    CheckConstraint("departure IS NULL OR joining IS NOT NULL", name="departure"),
    Index("ix_consortium_seat_organisation", "organisation"),
)

CONSORTIUM_BINDING = Table(
    "consortium_binding",
    PLATFORM,
    key_column("consortium", "The consortium. Immutable, as the whole row."),
    _number_column(),
    key_column("agent", "Key of the member's agent (hex)."),
    Column(
        "version",
        Integer,
        primary_key=True,
        autoincrement=False,
        comment="The member's number; the highest counts.",
    ),
    reference_column("owner", "person.user_id", "Whom the table belongs to."),
    text_column("document", "The binding, as its member signed it."),
    time_column("received_at", "When it came"),
    ForeignKeyConstraint(["consortium", "number"], _PROPOSAL),
    CheckConstraint("version >= 1", name="version"),
    Index("ix_consortium_binding_owner", "owner"),
)
