"""Whose a dataset, its name and its objects are: asked here by every use case.

Only a publication claims a name (market.ports.catalogue.Catalogue.publish); nothing here does.
"""

from __future__ import annotations

import re

from crypto.identity import FINGERPRINT_CHARACTERS, PublicKey
from market.entities.dataset import Dataset
from market.entities.people import User
from market.errors import Conflict, NotPermitted, Refused
from market.ports.object_store import check_key
from market.records.listing import DATASET_ID
from market.services.platform import Platform

_CHUNK_KEY = re.compile(
    rf"datasets/({DATASET_ID.pattern})/([0-9a-f]{{{FINGERPRINT_CHARACTERS}}})/[1-9][0-9]{{0,8}}/.+"
)


def own_dataset(platform: Platform, user: User, dataset: str) -> Dataset:
    """A dataset of this user.

    Raises:
        NotFound: there is none of this id. NotPermitted: it is another's.
    """
    found = platform.catalogue.dataset(dataset)
    if found.owner != user.user:
        raise _not_yours(f"Dataset {dataset} does not belong to {user.user}.", "Ask its owner.")
    return found


def require_free_name(platform: Platform, user: User, dataset: str) -> None:
    """That nobody else has published under this id (raises Conflict)."""
    if platform.catalogue.holder(dataset) not in (None, user.user):
        raise Conflict(
            "dataset-of-another",
            f"The name {dataset} belongs to another owner.",
            "Publish under another name.",
        )


def require_own_chunk(user: User, key: str) -> str:
    """That a key lies where this user's chunks do; returns the dataset id it names.

    Raises:
        Refused: it is no chunk's key. NotPermitted: it is another owner's.
    """
    match = _CHUNK_KEY.fullmatch(_checked(key))
    if match is None:
        raise _no_chunk(key)
    dataset, owner = match.groups()
    if not user.identity_key or PublicKey.parse(user.identity_key).fingerprint() != owner:
        raise _not_yours(
            f"Key {key[:200]} lies under another owner's key.",
            "Publish with the installed client and the registered identity key.",
        )
    return dataset


def _checked(key: str) -> str:
    try:
        return check_key(key)
    except ValueError as error:
        raise _no_chunk(key) from error


def _no_chunk(key: str) -> Refused:
    return Refused(
        "key-malformed",
        f"Key {key[:200]!r} is not datasets/<dataset>/<owner's fingerprint>/<version>/<chunk>.",
        "Publish with the installed client.",
    )


def _not_yours(message: str, next_action: str) -> NotPermitted:
    return NotPermitted("not-your-dataset", message, next_action)
