"""Fingerprints as words that two people read to each other.

BIP 39's English list: fifteen words hold all 160 bits, and five more that notice a word misheard.
The first four letters tell each word, so whoever types may stop there.
"""

from __future__ import annotations

import functools
import re

from mnemonic import Mnemonic

from crypto.identity import FINGERPRINT_CHARACTERS

WORDS = 15
_FINGERPRINT = re.compile(rf"[0-9a-f]{{{FINGERPRINT_CHARACTERS}}}")


@functools.cache
def _list() -> Mnemonic:
    return Mnemonic("english")


def words_of(fingerprint: str) -> str:
    """A fingerprint's words, one space between each two."""
    return _list().to_mnemonic(bytes.fromhex(fingerprint))


def fingerprint_of(text: str) -> str:
    """The fingerprint that somebody typed, in words or in hex, with any spaces between.

    Raises:
        ValueError: it is neither; says what is wrong with the words.
    """
    together = "".join(text.lower().split())
    return together if _FINGERPRINT.fullmatch(together) else fingerprint_in_words(text)


def fingerprint_in_words(text: str) -> str:
    """The fingerprint that somebody typed in words.

    Raises:
        ValueError: another number of words, one not of the list, or words that do not fit.
    """
    typed = text.lower().split()
    if len(typed) != WORDS:
        raise ValueError(f"the number of words is {len(typed)}, expected {WORDS}")
    words = [_list().expand_word(word) for word in typed]
    if strays := sorted(set(words) - set(_list().wordlist)):
        raise ValueError(f"{strays[0][:40]!r} is none of the words")
    try:
        return _list().to_entropy(words).hex()
    except ValueError as error:
        raise ValueError("the words do not fit each other: one was misheard") from error
