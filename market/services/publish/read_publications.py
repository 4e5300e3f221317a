"""An owner's published versions, as they were signed: what their agent may find it has to know."""

from __future__ import annotations

from market.entities.dataset import Dataset
from market.entities.people import User
from market.services.authorize import own_dataset
from market.services.platform import Platform


def newest_publications(platform: Platform, user: User) -> list[Dataset]:
    """The newest version of each of the user's datasets; every lower one is listed too."""
    return platform.catalogue.of_owner(user.user)


def read_publication(platform: Platform, user: User, dataset: str, version: int) -> Dataset:
    """One version of one of the user's datasets.

    Raises:
        NotFound: there is none of this id or version. NotPermitted: it is another's.
    """
    own_dataset(platform, user, dataset)
    return platform.catalogue.version(dataset, version)
