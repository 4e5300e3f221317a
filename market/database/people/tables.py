"""The portal's tables of people: organisations, users, sessions, tokens.

Every secret (password, session, token, link) is kept as a hash only; times are unix seconds.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    Table,
    UniqueConstraint,
)

from market.database.metadata import (
    PLATFORM,
    key_column,
    reference_column,
    text_column,
    time_column,
    user_column,
)

ORGANISATION = Table(
    "organisation",
    PLATFORM,
    key_column("organisation", "Slug. Immutable."),
    text_column("name", "Name people read. Immutable."),
)

PERSON = Table(
    "person",
    PLATFORM,
    key_column("user_id", "Sign-in name. Immutable."),
    reference_column(
        "organisation", "organisation.organisation", "Organisation they belong to. Immutable."
    ),
    text_column("name", "Name people read. Mutable, once: by their removal."),
    text_column(
        "password_hash", "Argon2id in PHC string format, empty for a former member. Mutable."
    ),
    text_column("identity_key", "Ed25519 public key in hex, or empty. Mutable."),
    text_column(
        "identity_fingerprint", "Of identity_key; null while it is empty. Mutable.", nullable=True
    ),
    Column("is_active", Boolean, nullable=False, comment="Whether they may sign in. Mutable."),
    Column(
        "former_number",
        Integer,
        nullable=True,
        comment="Of a former member, counted from 1; null for everybody else. Mutable, once.",
    ),
    UniqueConstraint("identity_fingerprint"),
    UniqueConstraint("former_number"),
)

PERSON_ROLE = Table(
    "person_role",
    PLATFORM,
    key_column("user_id", "Who has the role.", of="person.user_id"),
    key_column("role", "administrator, owner or buyer."),
    Column("position", Integer, nullable=False, comment="Place among their roles, from 0."),
    CheckConstraint("role IN ('administrator', 'owner', 'buyer')", name="role"),
)

WEB_SESSION = Table(
    "web_session",
    PLATFORM,
    key_column("session_hash", "SHA-256, in hex, of the session's secret id. Immutable."),
    user_column("Whose session. Immutable."),
    text_column(
        "client", "Browser and system, as the browser says; empty when unknown. Immutable."
    ),
    time_column("opened_at", "Start of the absolute lifetime. Immutable"),
    time_column("seen_at", "Last use, to the minute: start of the idle lifetime. Mutable"),
    Index("ix_web_session_user_id", "user_id"),
    Index("ix_web_session_opened_at", "opened_at"),
)

API_TOKEN = Table(
    "api_token",
    PLATFORM,
    key_column("token_id", "Public name of the token. Immutable."),
    text_column("token_hash", "SHA-256, in hex, of the secret token. Immutable."),
    user_column("Whose token. Immutable."),
    text_column("label", "What its owner calls it. Immutable."),
    text_column("scopes", "Words joined by spaces. Immutable."),
    time_column("created_at", "Issue. Immutable"),
    time_column("expires_at", "End. Immutable"),
    time_column("used_at", "Last use, to the minute, or null. Mutable", nullable=True),
    UniqueConstraint("token_hash"),
    Index("ix_api_token_user_id", "user_id"),
)

SIGN_IN_FAILURE = Table(
    "sign_in_failure",
    PLATFORM,
    key_column("kind", "What is counted by (market.policy.operation.guessing). Immutable."),
    key_column(
        "of_hash",
        "SHA-256, in hex, of the name tried (people type passwords there), of the network, or of "
        "both. Immutable.",
    ),
    Column("failures", Integer, nullable=False, comment="Failed attempts. Mutable."),
    time_column("since", "The first of them. Immutable"),
    time_column("failed_at", "The last of them. Mutable"),
    CheckConstraint("failures >= 1", name="failures"),
    CheckConstraint("kind IN ('here', 'name', 'network')", name="kind"),
    Index("ix_sign_in_failure_since", "since"),
)

KNOWN_NETWORK = Table(
    "known_network",
    PLATFORM,
    key_column("of_hash", "SHA-256, in hex, of a user's name and a network. Immutable."),
    time_column("signed_in_at", "The last sign-in from there. Mutable"),
    Index("ix_known_network_signed_in_at", "signed_in_at"),
)

ONE_TIME_LINK = Table(
    "one_time_link",
    PLATFORM,
    key_column(
        "holder", "Whom it lets in: a user, or empty for the first administrator. Immutable."
    ),
    text_column("secret_hash", "SHA-256, in hex, of the link's secret. Mutable, by a new link."),
    time_column("expires_at", "End of the link. Mutable"),
    UniqueConstraint("secret_hash"),
)
