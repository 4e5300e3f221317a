"""Find datasets by the words of their listings, a page of them at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from crypto.identity import PublicKey
from market.entities.dataset import Dataset
from market.entities.offer import Offer
from market.entities.people import Names, User
from market.errors import NotFound
from market.policy.finding.did_you_mean import nearest_ids, nearest_words
from market.policy.finding.offer_filter import WrittenFilter, read_offer_filter
from market.services.jobs.read_budget import Budget, read_budgets
from market.services.platform import Platform
from market.services.read_names import names_of

PAGE_DATASETS: Final = 24
MOST_DATASETS: Final = 500
"""That the API tells of at once."""
ANY: Final = WrittenFilter()


@dataclass(frozen=True, slots=True)
class CataloguePage:
    """Datasets by id, each with what is left for the reader.

    Attributes:
        further: the id behind which the next page begins; empty where this is the last.
        meant: what to search for instead, where nothing was found; empty where that is unknown.
    """

    found: tuple[tuple[Offer, Budget], ...]
    names: Names
    further: str
    meant: str


def search_catalogue(
    platform: Platform,
    user: User,
    words: str,
    written: WrittenFilter = ANY,
    *,
    after: str = "",
    limit: int | None = None,
    now: int,
) -> list[Offer]:
    """Listed and paused datasets whose text holds every word, and that are as the filter says: by
    id, from behind the id `after`; up to `limit`, or all.

    Raises:
        Refused: `filter-malformed`.
    """
    wanted = read_offer_filter(written, _buyer(user), now=now)
    return platform.catalogue.search(words.strip(), wanted=wanted, after=after, limit=limit)


def catalogue_page(
    platform: Platform,
    user: User,
    words: str,
    written: WrittenFilter = ANY,
    *,
    after: str = "",
    now: int,
) -> CataloguePage:
    """Up to PAGE_DATASETS of what `search_catalogue` finds, by id, from behind the id `after`.

    Raises:
        Refused: `filter-malformed`.
    """
    words = words.strip()
    wanted = read_offer_filter(written, _buyer(user), now=now)
    found = platform.catalogue.search(words, wanted=wanted, after=after, limit=PAGE_DATASETS + 1)
    shown = found[:PAGE_DATASETS]
    is_nothing = bool(words) and not found and not after and written == ANY
    return CataloguePage(
        found=tuple(zip(shown, read_budgets(platform, shown, user, now=now), strict=True)),
        names=names_of(platform, organisations=[one.organisation for one in shown]),
        further=shown[-1].dataset if len(found) > PAGE_DATASETS else "",
        meant=nearest_words(words, platform.catalogue.titles()) if is_nothing else "",
    )


def licences_offered(platform: Platform) -> list[str]:
    """What a filter by licence may name."""
    return platform.catalogue.licences()


def _buyer(user: User) -> str:
    return PublicKey.parse(user.identity_key).fingerprint() if user.identity_key else ""


def find_dataset(platform: Platform, dataset: str) -> Dataset:
    """The newest version of a dataset.

    Raises:
        NotFound: `no-dataset`, with the ids that are most like it.
    """
    try:
        return platform.catalogue.dataset(dataset)
    except NotFound as error:
        nearest = nearest_ids(dataset, platform.catalogue.titles())
        if not nearest:
            raise
        next_action = f"Did you mean {' or '.join(nearest)}? Else search the catalogue."
        raise NotFound(error.code, error.message, next_action) from error
