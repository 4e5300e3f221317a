"""Who was removed stays as a number, for what they signed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "platform_0023"
down_revision = "platform_0022"
branch_labels = None
depends_on = None

_COMMENT = "Of a former member, counted from 1; null for everybody else. Mutable, once."
_SAID = {
    # Column: comment before, and after.
    "name": ("Name people read. Immutable.", "Name people read. Mutable, once: by their removal."),
    "password_hash": (
        "Argon2id in PHC string format. Mutable.",
        "Argon2id in PHC string format, empty for a former member. Mutable.",
    ),
}
_UNIQUE = "uq_person_former_number"


def upgrade() -> None:
    with op.batch_alter_table("person") as person:
        person.add_column(sa.Column("former_number", sa.Integer(), nullable=True, comment=_COMMENT))
        person.create_unique_constraint(op.f(_UNIQUE), ["former_number"])
        for column, (before, after) in _SAID.items():
            person.alter_column(
                column, existing_type=sa.Text(), existing_comment=before, comment=after
            )


def downgrade() -> None:
    with op.batch_alter_table("person") as person:
        person.drop_constraint(op.f(_UNIQUE), type_="unique")
        person.drop_column("former_number")
        for column, (before, after) in _SAID.items():
            person.alter_column(
                column, existing_type=sa.Text(), existing_comment=after, comment=before
            )
