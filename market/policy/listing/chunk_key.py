"""Where an owner's chunks lie in the store, as their keys say."""

from __future__ import annotations

import re

from crypto.identity import FINGERPRINT_CHARACTERS
from market.errors import Refused
from market.plan.dataset_ids import DATASET_ID
from market.ports.object_store import check_key

_CHUNK_KEY = re.compile(
    rf"datasets/({DATASET_ID.pattern})/([0-9a-f]{{{FINGERPRINT_CHARACTERS}}})/[1-9][0-9]{{0,8}}/.+"
)


def read_chunk_key(key: str) -> tuple[str, str]:
    """The dataset that a chunk's key names, and the fingerprint of the owner's key.

    Raises:
        Refused: `key-malformed`.
    """
    try:
        match = _CHUNK_KEY.fullmatch(check_key(key))
    except ValueError as error:
        raise _no_chunk(key) from error
    if match is None:
        raise _no_chunk(key)
    return match[1], match[2]


def _no_chunk(key: str) -> Refused:
    return Refused(
        "key-malformed",
        f"Key {key[:200]!r} is not datasets/<dataset>/<owner's fingerprint>/<version>/<chunk>.",
        "Publish with the installed client.",
    )
