"""What a table is encrypted for, in the words of owners and buyers: a parameter set each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from crypto.parameters import PRODUCTS, SUMS, Parameters

EncryptedFor = Literal["sums", "products"]
SETS: Final[Mapping[EncryptedFor, Parameters]] = {"sums": SUMS, "products": PRODUCTS}
_BY_NAME: Final[Mapping[str, EncryptedFor]] = {each.name: word for word, each in SETS.items()}
_IN_WORDS: Final[Mapping[EncryptedFor, str]] = {
    "sums": "sums alone; no product of columns but declared ones",
    "products": "sums and products of columns",
}


def encrypted_for(parameters: str) -> EncryptedFor:
    """What the set of this name, which a checked manifest gives, serves."""
    return _BY_NAME[parameters]


def encrypted_for_in_words(parameters: str) -> str:
    """The same for whoever asks, to stand after "encrypted for"."""
    return _IN_WORDS[encrypted_for(parameters)]
