"""Organisations, users, sessions, tokens."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from market.database.migrations.columns import flag, long, short, text

revision = "platform_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _organisation()
    _sign_in_failure()
    _setup_link()
    _person()
    _person_role()
    _web_session()
    _api_token()


def downgrade() -> None:
    op.drop_table("api_token")
    op.drop_table("web_session")
    op.drop_table("person_role")
    op.drop_table("person")
    op.drop_table("setup_link")
    op.drop_table("sign_in_failure")
    op.drop_table("organisation")


def _organisation() -> None:
    op.create_table(
        "organisation",
        text("organisation", "Slug. Immutable."),
        text("name", "Name people read. Immutable."),
        sa.PrimaryKeyConstraint("organisation", name=op.f("pk_organisation")),
    )


def _sign_in_failure() -> None:
    op.create_table(
        "sign_in_failure",
        text(
            "name_hash",
            "SHA-256, in hex, of the name tried (people type passwords there). Immutable.",
        ),
        short("failures", "Failed attempts in a row. Mutable."),
        long("failed_at", "The last of them. Mutable (unix seconds)"),
        sa.CheckConstraint("failures >= 1", name=op.f("ck_sign_in_failure_failures")),
        sa.PrimaryKeyConstraint("name_hash", name=op.f("pk_sign_in_failure")),
    )
    op.create_index("ix_sign_in_failure_failed_at", "sign_in_failure", ["failed_at"])


def _setup_link() -> None:
    op.create_table(
        "setup_link",
        short("slot", "Always 1: there is one link at most."),
        text("secret_hash", "SHA-256, in hex, of the link's secret. Mutable, by a new link."),
        long("expires_at", "End of the link. Mutable (unix seconds)"),
        sa.CheckConstraint("slot = 1", name=op.f("ck_setup_link_slot")),
        sa.PrimaryKeyConstraint("slot", name=op.f("pk_setup_link")),
    )


def _person() -> None:
    op.create_table(
        "person",
        text("user_id", "Sign-in name. Immutable."),
        text("organisation", "Organisation they belong to. Immutable."),
        text("name", "Name people read. Immutable."),
        text("password_hash", "Argon2id in PHC string format. Mutable."),
        text("identity_key", "Ed25519 public key in hex, or empty. Mutable."),
        text(
            "identity_fingerprint",
            "Of identity_key; null while it is empty. Mutable.",
            nullable=True,
        ),
        flag("is_active", "Whether they may sign in. Mutable."),
        sa.ForeignKeyConstraint(
            ["organisation"], ["organisation.organisation"], name=op.f("fk_person_organisation")
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_person")),
        sa.UniqueConstraint("identity_fingerprint", name=op.f("uq_person_identity_fingerprint")),
    )


def _person_role() -> None:
    op.create_table(
        "person_role",
        text("user_id", "Who has the role."),
        text("role", "administrator, owner or buyer."),
        short("position", "Place among their roles, from 0."),
        sa.CheckConstraint(
            "role IN ('administrator', 'owner', 'buyer')", name=op.f("ck_person_role_role")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["person.user_id"], name=op.f("fk_person_role_user_id")
        ),
        sa.PrimaryKeyConstraint("user_id", "role", name=op.f("pk_person_role")),
    )


def _web_session() -> None:
    op.create_table(
        "web_session",
        text("session_hash", "SHA-256, in hex, of the session's secret id. Immutable."),
        text("user_id", "Whose session. Immutable."),
        long("opened_at", "Start of the absolute lifetime. Immutable (unix seconds)"),
        long(
            "seen_at", "Last use, to the minute: start of the idle lifetime. Mutable (unix seconds)"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["person.user_id"], name=op.f("fk_web_session_user_id")
        ),
        sa.PrimaryKeyConstraint("session_hash", name=op.f("pk_web_session")),
    )
    op.create_index("ix_web_session_opened_at", "web_session", ["opened_at"])
    op.create_index("ix_web_session_user_id", "web_session", ["user_id"])


def _api_token() -> None:
    op.create_table(
        "api_token",
        text("token_id", "Public name of the token. Immutable."),
        text("token_hash", "SHA-256, in hex, of the secret token. Immutable."),
        text("user_id", "Whose token. Immutable."),
        text("label", "What its owner calls it. Immutable."),
        text("scopes", "Words joined by spaces. Immutable."),
        long("created_at", "Issue. Immutable (unix seconds)"),
        long("expires_at", "End. Immutable (unix seconds)"),
        long("used_at", "Last use, to the minute, or null. Mutable (unix seconds)", nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["person.user_id"], name=op.f("fk_api_token_user_id")),
        sa.PrimaryKeyConstraint("token_id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_token_token_hash")),
    )
    op.create_index("ix_api_token_user_id", "api_token", ["user_id"])
