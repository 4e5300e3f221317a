"""Rules for members that several records have: versions, hashes, keys, sets of parties.

Several datasets or parties are a set, and a set has one spelling: each once, in ascending order. So
two documents about the same ones never differ in anything but what they say of them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from crypto.identity import PublicKey
from market.plan.dataset_ids import check_ascending, check_dataset_id

_HASH: Final = re.compile(r"[0-9a-f]{64}")


def check_dataset(dataset: str, version: int) -> None:
    """That a dataset's id is one and its version counts from 1 (raises ValueError)."""
    check_dataset_id(dataset)
    if version < 1:
        raise ValueError(f"version is {version}, expected 1 or more")


def check_edition(edition: int) -> None:
    """That a listing's edition counts from 1 (raises ValueError)."""
    if edition < 1:
        raise ValueError(f"edition is {edition}, expected 1 or more")


def check_hash(what: str, value: str) -> None:
    """That a value is a SHA-256 in hex (raises ValueError)."""
    if not _HASH.fullmatch(value):
        raise ValueError(f"{what} is {value!r:.80}, expected 64 lower-case hex characters")


def check_parties(parties: Sequence[str]) -> None:
    """That these are public keys in hex, each once, in order (ValueError, FormatError)."""
    for party in parties:
        PublicKey.parse(party)
    check_ascending("parties", parties)


def check_hashes(what: str, hashes: Sequence[str]) -> None:
    """That these are one or more distinct hashes; their order is that of their datasets."""
    for value in hashes:
        check_hash(what, value)
    if not hashes or len(set(hashes)) != len(hashes):
        raise ValueError(f"{what}: one or more distinct hashes expected")
