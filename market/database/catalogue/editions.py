"""Further editions of a version's listing, in SQL: signed documents, each kept as it came.

The first stands in the version's own row, where its publication put it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import ColumnElement, Connection, and_, insert, select, update

from market.database.catalogue.documents import listing_of
from market.database.catalogue.errors import (
    check_edition,
    dataset_withdrawn,
    no_dataset,
    no_edition,
    version_not_newest,
)
from market.database.catalogue.offer_rows import change_offer
from market.database.catalogue.tables import DATASET, DATASET_VERSION, LISTING_EDITION
from market.database.ledger import sql_ledger as ledger
from market.entities.dataset import Edition
from market.records.listing import Listing
from market.records.signed import Signed

_OF_VERSION: Final = and_(
    LISTING_EDITION.c.dataset == DATASET_VERSION.c.dataset,
    LISTING_EDITION.c.version == DATASET_VERSION.c.version,
)

NEWEST_EDITION: Final = tuple(
    select(column)
    .where(_OF_VERSION)
    .order_by(LISTING_EDITION.c.edition.desc())
    .limit(1)
    .correlate(DATASET_VERSION)
    .scalar_subquery()
    .label(f"edition_{column.name}")
    for column in (LISTING_EDITION.c.document, LISTING_EDITION.c.received_at)
)
"""Beside a version: its newest later edition and when it came; NULL where there is none."""


def add_edition(
    connection: Connection, listing: Signed[Listing], caps: Mapping[str, int], *, now: int
) -> None:
    """See market.ports.catalogue.Catalogue.relist."""
    record, document = listing.record, listing.encode().decode()
    _lock_newest(connection, record)
    kept = _newest(connection, record.dataset, record.version)
    if not check_edition(listing, listing_of(kept)):
        return
    connection.execute(
        insert(LISTING_EDITION).values(
            dataset=record.dataset,
            version=record.version,
            edition=record.edition,
            document=document,
            received_at=now,
        )
    )
    change_offer(connection, record)
    for account, cap_units in sorted(caps.items()):
        ledger.open_account(connection, account, cap_units)


def edition_of(connection: Connection, dataset: str, version: int, edition: int) -> Signed[Listing]:
    """One edition of a version's listing (raises NotFound, `no-edition`)."""
    for found in _of_version(connection, dataset, version):
        if found.listing.record.edition == edition:
            return found.listing
    raise no_edition(dataset, version, edition)


def editions_of(connection: Connection, dataset: str) -> list[Edition]:
    """See market.ports.catalogue.Catalogue.editions."""
    versions = (
        select(DATASET_VERSION.c.version)
        .where(DATASET_VERSION.c.dataset == dataset)
        .order_by(DATASET_VERSION.c.version)
    )
    return [
        edition
        for version in connection.execute(versions).scalars().all()
        for edition in _of_version(connection, dataset, version)
    ]


def _of_version(connection: Connection, dataset: str, version: int) -> list[Edition]:
    first = select(DATASET_VERSION.c.listing, DATASET_VERSION.c.published_at)
    later = select(LISTING_EDITION.c.document, LISTING_EDITION.c.received_at)
    of_version = LISTING_EDITION.c.dataset == dataset, LISTING_EDITION.c.version == version
    rows = [
        *connection.execute(first.where(_is(dataset, version))),
        *connection.execute(later.where(*of_version).order_by(LISTING_EDITION.c.edition)),
    ]
    return [Edition(listing_of(document), at) for document, at in rows]


def _lock_newest(connection: Connection, record: Listing) -> None:
    # The change changes nothing, but locks the row, so that of two words one waits for the other.
    changed = connection.execute(
        update(DATASET)
        .where(DATASET.c.dataset == record.dataset, DATASET.c.newest_version == record.version)
        .where(DATASET.c.standing != "withdrawn")
        .values(newest_version=record.version)
    )
    if changed.rowcount == 1:
        return
    found = connection.execute(select(DATASET).where(DATASET.c.dataset == record.dataset)).first()
    if found is None or not found.newest_version:
        raise no_dataset(record.dataset)
    if found.standing == "withdrawn":
        raise dataset_withdrawn(record.dataset)
    raise version_not_newest(record.dataset, record.version, found.newest_version)


def _newest(connection: Connection, dataset: str, version: int) -> str:
    row = connection.execute(
        select(DATASET_VERSION.c.listing, *NEWEST_EDITION).where(_is(dataset, version))
    ).one()
    return str(row.edition_document or row.listing)


def _is(dataset: str, version: int) -> ColumnElement[bool]:
    return and_(DATASET_VERSION.c.dataset == dataset, DATASET_VERSION.c.version == version)
