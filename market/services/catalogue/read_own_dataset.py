"""What an owner alone sees of a dataset: grants, editions, who asked what, what that came to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from market.entities.dataset import Edition
from market.entities.job import Earned
from market.entities.people import Names, User
from market.services.access.list_grants import GivenGrant, list_grants
from market.services.jobs.list_jobs import JobPage, jobs_on_dataset
from market.services.platform import Platform
from market.services.read_names import names_of

JOBS_SHOWN: Final = 8


@dataclass(frozen=True, slots=True)
class OwnDataset:
    """`jobs` are the newest ones; `buyers` the names of those whose keys have grants; `editions`
    every listing of every version, as they came."""

    grants: list[GivenGrant]
    buyers: Names
    jobs: JobPage
    earned: Earned
    editions: list[Edition]


def read_own(platform: Platform, user: User, dataset: str, *, now: int) -> OwnDataset:
    """A dataset of the user's, as its owner sees it.

    Raises:
        NotFound: there is none of this id. NotPermitted: it is another's.
    """
    grants = list_grants(platform, user, dataset, now=now)
    return OwnDataset(
        grants=grants,
        buyers=names_of(platform, users=[one.buyer for one in grants]),
        jobs=jobs_on_dataset(platform, user, dataset, limit=JOBS_SHOWN),
        earned=platform.jobs.earned(dataset),
        editions=platform.catalogue.editions(dataset),
    )
