"""What can be found in the catalogue, in SQL: a row for each dataset, and no manifest opened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.engine import Row

from market.database.catalogue.access import AccessToDatasets
from market.database.catalogue.documents import listing_of, standing_of
from market.database.catalogue.editions import NEWEST_EDITION
from market.database.catalogue.errors import search_words
from market.database.catalogue.tables import (
    ACCESS_GRANT,
    DATASET,
    DATASET_OFFER,
    DATASET_STANDING,
    DATASET_VERSION,
)
from market.entities.offer import EVERY_OFFER, Offer, OfferFilter, TablePeople

LICENCES_TOLD: Final = 100
"""Licences that a filter names, at most."""

NEWEST_STANDING: Final = (
    select(DATASET_STANDING.c.document)
    .where(DATASET_STANDING.c.dataset == DATASET.c.dataset)
    .order_by(DATASET_STANDING.c.number.desc())
    .limit(1)
    .correlate(DATASET)
    .scalar_subquery()
    .label("standing_document")
)

_OFFERED: Final = and_(
    DATASET_OFFER.c.dataset == DATASET.c.dataset, DATASET.c.standing != "withdrawn"
)
_NEWEST: Final = and_(
    DATASET_VERSION.c.dataset == DATASET.c.dataset,
    DATASET_VERSION.c.version == DATASET.c.newest_version,
)


@dataclass(frozen=True, slots=True)
class OffersOfDatasets(AccessToDatasets):
    """The part of market.ports.catalogue.Catalogue that finds datasets."""

    def search(
        self,
        words: str,
        *,
        wanted: OfferFilter = EVERY_OFFER,
        after: str = "",
        limit: int | None = None,
    ) -> list[Offer]:
        """See the port."""
        holds = [
            DATASET_OFFER.c.search_text.contains(word, autoescape=True)
            for word in search_words(words)
        ]
        found = (
            select(
                DATASET.c.owner,
                DATASET_OFFER,
                DATASET_VERSION.c.organisation,
                DATASET_VERSION.c.listing,
                DATASET_VERSION.c.published_at,
                NEWEST_STANDING,
                *NEWEST_EDITION,
            )
            .join(DATASET_OFFER, _OFFERED)
            .join(DATASET_VERSION, _NEWEST)
            .where(DATASET.c.dataset > after, *holds, *_conditions(wanted))
            .order_by(DATASET.c.dataset)
            .limit(limit)
        )
        with self.database.reading() as connection:
            rows = connection.execute(found).all()
        return [_offer_of(row) for row in rows]

    def titles(self) -> dict[str, str]:
        """See the port."""
        found = select(DATASET.c.dataset, DATASET_OFFER.c.search_text).join(DATASET_OFFER, _OFFERED)
        with self.database.reading() as connection:
            rows = connection.execute(found)
            return {row.dataset: row.search_text.partition("\n")[0] for row in rows}

    def licences(self) -> list[str]:
        """See the port."""
        licence = DATASET_OFFER.c.licence
        found = select(licence).join(DATASET, _OFFERED).distinct().order_by(licence)
        with self.database.reading() as connection:
            return list(connection.execute(found.limit(LICENCES_TOLD)).scalars())

    def people(self) -> list[TablePeople]:
        """See the port."""
        found = (
            select(
                DATASET.c.dataset, DATASET.c.owner, DATASET_OFFER.c.lineages, DATASET_OFFER.c.epoch
            )
            .join(DATASET_OFFER, _OFFERED)
            .order_by(DATASET.c.dataset)
        )
        with self.database.reading() as connection:
            rows = connection.execute(found)
            return [
                TablePeople(row.dataset, row.owner, tuple(row.lineages.split()), row.epoch)
                for row in rows
            ]


def _conditions(wanted: OfferFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.access is not None:
        conditions.append(DATASET_OFFER.c.access == wanted.access)
    if wanted.price_cents is not None:
        conditions.append(DATASET_OFFER.c.price_cents <= wanted.price_cents)
    if wanted.licence:
        conditions.append(DATASET_OFFER.c.licence == wanted.licence)
    if wanted.granted_to:
        conditions.append(_is_granted(wanted.granted_to, wanted.at))
    return conditions


def _is_granted(buyer: str, at: int) -> ColumnElement[bool]:
    """The rule of market.policy.listing.entitlement.grant_in_force."""
    given, later = ACCESS_GRANT, ACCESS_GRANT.alias("later")
    is_later = or_(
        later.c.issued_at > given.c.issued_at,
        and_(later.c.issued_at == given.c.issued_at, later.c.grant_id > given.c.grant_id),
    )
    replaced = select(later.c.grant_id).where(
        later.c.dataset == given.c.dataset, later.c.buyer == buyer, is_later
    )
    return (
        select(given.c.grant_id)
        .where(
            given.c.dataset == DATASET.c.dataset,
            given.c.buyer == buyer,
            given.c.revocation.is_(None),
            given.c.expires_at > at,
            ~replaced.exists(),
        )
        .correlate(DATASET)
        .exists()
    )


def _offer_of(row: Row[tuple[object, ...]]) -> Offer:
    later, standing = row.edition_document, row.standing_document
    return Offer(
        dataset=row.dataset,
        organisation=row.organisation,
        owner=row.owner,
        listing=listing_of(row.listing if later is None else later),
        parameters=row.parameters,
        lineages=tuple(row.lineages.split()),
        epoch=row.epoch,
        published_at=row.published_at,
        signed_standing=None if standing is None else standing_of(standing),
        changed_at=row.edition_received_at,
    )
