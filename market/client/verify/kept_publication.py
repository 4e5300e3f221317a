"""Datasets as this client has seen them: verified, under one owner's key, kept for offline use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from crypto import canonical
from crypto.canonical import Json
from market.adapters.private_files import write_private
from market.client.http.api import PortalClient
from market.client.http.pages_of import datasets_of
from market.client.kept.home import ClientHome
from market.client.kept.pins import check_pin
from market.client.verify.appointment import require_appointed
from market.client.verify.publication import Publication, read_publication
from market.errors import NotFound, Refused, Unavailable
from market.plan.dataset_ids import DATASET_ID, DATASET_ID_RULE
from market.policy.finding.did_you_mean import nearest_ids
from market.policy.listing.editions import outdated
from market.records.listing import Listing


def fetch_publication(home: ClientHome, portal: PortalClient, dataset: str) -> Publication:
    """The newest version of a dataset, from the portal; from what is kept when it is away.

    Raises:
        NotFound: no such dataset. Unavailable: the portal is away and nothing is kept.
        Refused: signatures that do not hold, or another owner's key than at first sight.
    """
    try:
        answer = ask_dataset(portal, dataset)
    except Unavailable:
        kept = kept_publication(home, dataset)
        if kept is None:
            raise
        return kept
    return keep_shown(home, answer)


def ask_dataset(portal: PortalClient, dataset: str) -> Any:
    """What the portal shows of a dataset (market.client.http.answers), not yet verified.

    Raises:
        NotFound: `no-dataset`: there is none, with those that may be meant.
    """
    if not DATASET_ID.fullmatch(dataset):
        # It could name another path of the portal, and is nothing that anybody listed.
        raise _no_dataset(dataset, _alike(portal, dataset))
    return portal.get(f"datasets/{dataset}")


def _alike(portal: PortalClient, dataset: str) -> list[str]:
    with suppress(Unavailable):
        return nearest_ids(dataset, [str(one["dataset"]) for one in datasets_of(portal)])
    return []


def _no_dataset(dataset: str, alike: Sequence[str] = ()) -> NotFound:
    return NotFound(
        "no-dataset",
        f"{dataset!r:.80} is not a dataset's id: {DATASET_ID_RULE}.",
        f"Did you mean {' or '.join(alike)}?" if alike else "Look: market dataset list.",
    )


def keep_shown(home: ClientHome, answer: Mapping[str, Json]) -> Publication:
    """Verify and keep what the portal shows of a dataset: documents, owner and agent.

    Raises:
        Refused: as `keep_publication` and `require_appointed`.
    """
    publication = keep_publication(home, str(answer["listing"]), str(answer["manifest"]))
    require_appointed(home, publication, str(answer["appointment"]))
    return publication


def keep_publication(home: ClientHome, listing_text: str, manifest_text: str) -> Publication:
    """Verify, pin the owner's key, and keep the documents.

    Raises:
        Refused: `publication-invalid`, `owner-key-changed` for another key than at first sight, or
            `listing-outdated` for an edition before one that was seen.
    """
    publication = read_publication(listing_text, manifest_text)
    check_pin(home, "owner", publication.listing.dataset, publication.owner_key)
    _require_no_older(home, publication)
    data = canonical.dumps({"listing": listing_text, "manifest": manifest_text})
    write_private(home.dataset_path(publication.listing.dataset), data)
    return publication


def asked_publication(home: ClientHome, listing_text: str, manifest_text: str) -> Publication:
    """What a job asks, verified, to be signed for: as it was listed when it was submitted.

    Raises:
        Refused: as `keep_publication`; `listing-changed`: by the newest listing seen here its owner
            has changed what is signed for.
    """
    publication = read_publication(listing_text, manifest_text)
    listing = publication.listing
    check_pin(home, "owner", listing.dataset, publication.owner_key)
    seen = _seen(home, publication) or listing
    if seen.edition > listing.edition and (denied := outdated(listing, seen)):
        raise denied.error()
    return publication


def _require_no_older(home: ClientHome, publication: Publication) -> None:
    shown, seen = publication.listing, _seen(home, publication)
    if seen is None or seen == shown or seen.edition < shown.edition:
        return
    raise Refused(
        "listing-outdated",
        f"The portal shows edition {shown.edition} of the listing of {shown.dataset} version "
        f"{shown.version}; its owner signed edition {seen.edition}, which was seen here, "
        + ("with other content." if seen.edition == shown.edition else "after it."),
        "Nothing was signed. Ask its owner, by another channel than this portal, what holds.",
    )


def _seen(home: ClientHome, publication: Publication) -> Listing | None:
    """The listing kept here of the same version, under the same key."""
    try:
        kept = kept_publication(home, publication.listing.dataset)
    except Refused:
        # Kept by an earlier release, in a form that is not read any more.
        return None
    if kept is None or kept.owner_key != publication.owner_key:
        return None
    return kept.listing if kept.listing.version == publication.listing.version else None


def kept_publication(home: ClientHome, dataset: str) -> Publication | None:
    """The documents kept of a dataset, verified again; None while there are none.

    Raises:
        NotFound: `no-dataset`: the id is malformed.
        Refused: `publication-invalid`: the file was altered.
    """
    if not DATASET_ID.fullmatch(dataset):
        raise _no_dataset(dataset)
    path = home.dataset_path(dataset)
    if not path.exists():
        return None
    value = canonical.loads(path.read_bytes())
    return read_publication(value["listing"], value["manifest"])
