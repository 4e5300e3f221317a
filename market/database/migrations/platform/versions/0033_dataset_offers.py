"""What the catalogue finds a dataset by stands in a row of its own, beside no document."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

from market.database.migrations.columns import long, text

revision = "platform_0033"
down_revision = "platform_0032"
branch_labels = None
depends_on = None

_WORDS = "Case-folded title, summary, column names, meanings, by line"

_VERSION = sa.table(
    "dataset_version",
    *map(sa.column, ("dataset", "version", "listing", "manifest", "search_text")),
)
_EDITION = sa.table(
    "listing_edition", *map(sa.column, ("dataset", "version", "edition", "document"))
)
_DATASET = sa.table("dataset", sa.column("dataset"), sa.column("newest_version"))
_GRANT = sa.table("access_grant", *map(sa.column, ("grant_id", "document", "issued_at")))


def upgrade() -> None:
    offer = op.create_table(
        "dataset_offer",
        text("dataset", "The dataset. Immutable."),
        text(
            "search_text",
            f"{_WORDS}, of the newest listing. Mutable, as the whole row, by a version or an "
            "edition.",
        ),
        text("access", "As its policy says: open, request or invitation."),
        long("price_cents", "What a job on it costs, in cents."),
        text("licence", "As the listing says."),
        text("parameters", "The set that the newest version is encrypted under."),
        text("lineages", "Of the newest manifest, in order, separated by spaces."),
        long("epoch", "Of the newest manifest: the period."),
        sa.CheckConstraint(
            "access IN ('open', 'request', 'invitation')", name=op.f("ck_dataset_offer_access")
        ),
        sa.CheckConstraint("price_cents >= 0", name=op.f("ck_dataset_offer_price_cents")),
        sa.ForeignKeyConstraint(
            ["dataset"], ["dataset.dataset"], name=op.f("fk_dataset_offer_dataset")
        ),
        sa.PrimaryKeyConstraint("dataset", name=op.f("pk_dataset_offer")),
    )
    connection = op.get_bind()
    newest = sa.select(_DATASET).where(_DATASET.c.newest_version > 0)
    for dataset, version in connection.execute(newest).all():
        connection.execute(offer.insert().values(_offer(connection, dataset, version)))
    with op.batch_alter_table("dataset_version") as table:
        table.drop_column("search_text")
    _date_grants(connection)


def downgrade() -> None:
    with op.batch_alter_table("access_grant") as grant:
        grant.drop_column("issued_at")
    with op.batch_alter_table("dataset_version") as version:
        version.add_column(
            sa.Column(
                "search_text",
                sa.Text(),
                nullable=False,
                server_default="",
                comment=f"{_WORDS}. Mutable, by an edition.",
            )
        )
    op.execute(
        "UPDATE dataset_version SET search_text = (SELECT dataset_offer.search_text "
        "FROM dataset_offer WHERE dataset_offer.dataset = dataset_version.dataset)"
    )
    with op.batch_alter_table("dataset_version") as version:
        version.alter_column("search_text", existing_type=sa.Text(), server_default=None)
    op.drop_table("dataset_offer")


def _offer(connection: sa.Connection, dataset: str, version: int) -> dict[str, Any]:
    """One dataset's, so that no two tables' documents are in memory together."""
    mine = _VERSION.c.dataset == dataset, _VERSION.c.version == version
    kept = connection.execute(sa.select(_VERSION).where(*mine)).one()
    edition = connection.execute(
        sa.select(_EDITION.c.document)
        .where(_EDITION.c.dataset == dataset, _EDITION.c.version == version)
        .order_by(_EDITION.c.edition.desc())
        .limit(1)
    ).scalar()
    listing = json.loads(edition or kept.listing)["record"]
    manifest = json.loads(kept.manifest)["record"]
    return {
        "dataset": dataset,
        "search_text": kept.search_text,
        "access": listing["policy"]["access"],
        "price_cents": listing["policy"]["price_cents"],
        "licence": listing["description"]["licence"],
        "parameters": manifest["parameters"],
        "lineages": " ".join(manifest["lineages"]),
        "epoch": manifest["epoch"],
    }


def _date_grants(connection: sa.Connection) -> None:
    comment = "Issue of the grant, as it says. Immutable (unix seconds)"
    with op.batch_alter_table("access_grant") as grant:
        grant.add_column(
            sa.Column(
                "issued_at", sa.BigInteger(), nullable=False, server_default="0", comment=comment
            )
        )
    for kept in connection.execute(sa.select(_GRANT.c.grant_id, _GRANT.c.document)).all():
        issued_at = json.loads(kept.document)["record"]["issued_at"]
        connection.execute(
            sa.update(_GRANT).where(_GRANT.c.grant_id == kept.grant_id).values(issued_at=issued_at)
        )
    with op.batch_alter_table("access_grant") as grant:
        grant.alter_column("issued_at", existing_type=sa.BigInteger(), server_default=None)
