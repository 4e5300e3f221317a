"""Rows of the catalogue as the values they hold, their signatures verified.

A document read twice is verified once: the verified value is remembered by its whole text.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from sqlalchemy.engine import Row

from market.entities.dataset import AccessRequest, Dataset
from market.records.grant import Grant, Revocation
from market.records.listing import Listing
from market.records.manifest import Manifest
from market.records.signed import Signed, open_signed
from market.records.standing import Standing

_REMEMBERED: Final = 128


def dataset_of(row: Row[tuple[object, ...]]) -> Dataset:
    """A dataset version from its row, joined with the dataset, its newest standing and the newest
    later edition of its listing, where there is one.

    Raises:
        CryptoError: a stored document does not verify.
    """
    later = row.edition_document
    listing = listing_of(row.listing if later is None else later)
    standing = row.standing_document
    return Dataset(
        dataset=row.dataset,
        organisation=row.organisation,
        owner=row.owner,
        owner_key=listing.signer,
        listing=listing,
        manifest=manifest_of(row.manifest),
        published_at=row.published_at,
        signed_standing=None if standing is None else standing_of(standing),
        is_stored=row.dropping_at is None,
        dropped_at=row.dropped_at,
        changed_at=row.edition_received_at,
    )


def access_request_of(row: Row[tuple[object, ...]]) -> AccessRequest:
    """A request for access from its row."""
    return AccessRequest(
        request=row.request,
        dataset=row.dataset,
        user=row.user_id,
        organisation=row.organisation,
        buyer_fingerprint=row.buyer_fingerprint,
        purpose=row.purpose,
        state=row.state,
        created_at=row.created_at,
        answer=row.answer or "",
    )


@lru_cache(maxsize=_REMEMBERED)
def listing_of(document: str) -> Signed[Listing]:
    """A stored listing, its signature verified (raises CryptoError)."""
    return open_signed(Listing, document.encode())


@lru_cache(maxsize=_REMEMBERED)
def manifest_of(document: str) -> Signed[Manifest]:
    """A stored manifest, its signature verified (raises CryptoError)."""
    return open_signed(Manifest, document.encode())


@lru_cache(maxsize=_REMEMBERED)
def grant_of(document: str) -> Signed[Grant]:
    """A stored grant, its signature verified (raises CryptoError)."""
    return open_signed(Grant, document.encode())


@lru_cache(maxsize=_REMEMBERED)
def revocation_of(document: str) -> Signed[Revocation]:
    """A stored revocation, its signature verified (raises CryptoError)."""
    return open_signed(Revocation, document.encode())


@lru_cache(maxsize=_REMEMBERED)
def standing_of(document: str) -> Signed[Standing]:
    """A stored standing, its signature verified (raises CryptoError)."""
    return open_signed(Standing, document.encode())
