"""Consortia, their seats and bindings; one list of names for datasets and consortia."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from market.database.migrations.columns import long, short, text

revision = "platform_0011"
down_revision = "platform_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _catalogue_name()
    _consortium()
    _consortium_proposal()
    _consortium_seat()
    _consortium_binding()


def downgrade() -> None:
    op.drop_table("consortium_binding")
    op.drop_table("consortium_seat")
    op.drop_table("consortium_proposal")
    op.drop_table("consortium")
    op.drop_table("catalogue_name")


def _catalogue_name() -> None:
    op.create_table(
        "catalogue_name",
        text("name", "A name that a plan can ask. Immutable, as the whole row."),
        text("kind", "What it names: dataset or consortium."),
        sa.CheckConstraint(
            "kind IN ('dataset', 'consortium')", name=op.f("ck_catalogue_name_kind")
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_catalogue_name")),
    )
    op.execute("INSERT INTO catalogue_name (name, kind) SELECT dataset, 'dataset' FROM dataset")


def _consortium() -> None:
    op.create_table(
        "consortium",
        text("consortium", "Its id. Immutable."),
        short("newest_number", "Number of its newest proposal, 0 before the first. Mutable, by 1."),
        sa.CheckConstraint("newest_number >= 0", name=op.f("ck_consortium_newest_number")),
        sa.ForeignKeyConstraint(
            ["consortium"], ["catalogue_name.name"], name=op.f("fk_consortium_consortium")
        ),
        sa.PrimaryKeyConstraint("consortium", name=op.f("pk_consortium")),
    )


def _consortium_proposal() -> None:
    op.create_table(
        "consortium_proposal",
        text("consortium", "The consortium. Immutable."),
        short("number", "Which of its proposals. Immutable."),
        text("document", "The proposal, as its proposer signed it. Immutable."),
        long("received_at", "When it came. Immutable (unix seconds)"),
        sa.CheckConstraint("number >= 1", name=op.f("ck_consortium_proposal_number")),
        sa.ForeignKeyConstraint(
            ["consortium"],
            ["consortium.consortium"],
            name=op.f("fk_consortium_proposal_consortium"),
        ),
        sa.PrimaryKeyConstraint("consortium", "number", name=op.f("pk_consortium_proposal")),
    )


def _consortium_seat() -> None:
    op.create_table(
        "consortium_seat",
        text("consortium", "The consortium. Immutable."),
        short("number", "Which of its proposals. Immutable."),
        text("organisation", "Whose seat it is. Immutable."),
        text("joining", "Who took it, signed. Mutable, once.", nullable=True),
        text("consent", "Their consent to the agreement. Mutable, once.", nullable=True),
        text("departure", "That they left it. Mutable, once.", nullable=True),
        sa.CheckConstraint(
            "consent IS NULL OR joining IS NOT NULL", name=op.f("ck_consortium_seat_consent")
        ),
        sa.CheckConstraint(
            "departure IS NULL OR joining IS NOT NULL", name=op.f("ck_consortium_seat_departure")
        ),
        _of_proposal("consortium_seat"),
        sa.ForeignKeyConstraint(
            ["organisation"],
            ["organisation.organisation"],
            name=op.f("fk_consortium_seat_organisation"),
        ),
        sa.PrimaryKeyConstraint(
            "consortium", "number", "organisation", name=op.f("pk_consortium_seat")
        ),
    )
    op.create_index("ix_consortium_seat_organisation", "consortium_seat", ["organisation"])


def _consortium_binding() -> None:
    op.create_table(
        "consortium_binding",
        text("consortium", "The consortium. Immutable, as the whole row."),
        short("number", "Which of its proposals. Immutable."),
        text("agent", "Key of the member's agent (hex)."),
        short("version", "The member's number; the highest counts."),
        text("owner", "Whom the table belongs to."),
        text("document", "The binding, as its member signed it."),
        long("received_at", "When it came (unix seconds)"),
        sa.CheckConstraint("version >= 1", name=op.f("ck_consortium_binding_version")),
        _of_proposal("consortium_binding"),
        sa.ForeignKeyConstraint(
            ["owner"], ["person.user_id"], name=op.f("fk_consortium_binding_owner")
        ),
        sa.PrimaryKeyConstraint(
            "consortium", "number", "agent", "version", name=op.f("pk_consortium_binding")
        ),
    )
    op.create_index("ix_consortium_binding_owner", "consortium_binding", ["owner"])


def _of_proposal(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["consortium", "number"],
        ["consortium_proposal.consortium", "consortium_proposal.number"],
        name=op.f(f"fk_{table}_consortium_number"),
    )
