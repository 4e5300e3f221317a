"""What the catalogue finds a dataset by, written beside its newest listing and manifest."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, update

from market.database.catalogue.errors import search_text
from market.database.catalogue.tables import DATASET_OFFER
from market.records.listing import Listing
from market.records.manifest import Manifest


def write_offer(connection: Connection, listing: Listing, manifest: Manifest) -> None:
    """Find the dataset by its new version from now on."""
    connection.execute(delete(DATASET_OFFER).where(DATASET_OFFER.c.dataset == listing.dataset))
    connection.execute(
        insert(DATASET_OFFER).values(
            dataset=listing.dataset,
            parameters=manifest.parameters,
            lineages=" ".join(manifest.lineages),
            epoch=manifest.epoch,
            **_of_listing(listing),
        )
    )


def change_offer(connection: Connection, listing: Listing) -> None:
    """Find the dataset by a new edition of its newest listing."""
    connection.execute(
        update(DATASET_OFFER)
        .where(DATASET_OFFER.c.dataset == listing.dataset)
        .values(**_of_listing(listing))
    )


def _of_listing(listing: Listing) -> dict[str, object]:
    return {
        "search_text": search_text(listing),
        "access": listing.policy.access,
        "price_cents": listing.policy.price_cents,
        "licence": listing.description.licence,
    }
