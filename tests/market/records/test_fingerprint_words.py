"""Fingerprints as words: all of the fingerprint, and what people mishear."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mnemonic import Mnemonic

from market.records.fingerprint_words import (
    WORDS,
    fingerprint_in_words,
    fingerprint_of,
    words_of,
)

FINGERPRINTS = st.binary(min_size=20, max_size=20).map(bytes.hex)
LIST = Mnemonic("english").wordlist


@given(FINGERPRINTS)
def test_words_hold_the_whole_fingerprint(fingerprint: str) -> None:
    words = words_of(fingerprint)
    assert len(words.split()) == WORDS
    assert fingerprint_in_words(words) == fingerprint
    assert fingerprint_of(words) == fingerprint


@given(FINGERPRINTS, FINGERPRINTS)
def test_two_keys_share_no_words(one: str, other: str) -> None:
    assert (words_of(one) == words_of(other)) == (one == other)


@given(FINGERPRINTS)
def test_four_letters_of_a_word_are_enough_in_any_case_and_spacing(fingerprint: str) -> None:
    typed = "  ".join(word[:4].upper() for word in words_of(fingerprint).split())
    assert fingerprint_in_words(f" {typed}\n") == fingerprint


@given(FINGERPRINTS)
def test_hex_in_groups_is_a_fingerprint_but_no_words(fingerprint: str) -> None:
    groups = " ".join(fingerprint[i : i + 4] for i in range(0, 40, 4)).upper()
    assert fingerprint_of(groups) == fingerprint
    with pytest.raises(ValueError, match="number of words"):
        fingerprint_in_words(groups)


@given(FINGERPRINTS, st.integers(0, WORDS - 1), st.sampled_from(LIST))
def test_word_misheard_never_reads_as_the_same_key(
    fingerprint: str, place: int, misheard: str
) -> None:
    words = words_of(fingerprint).split()
    if words[place] == misheard:
        return
    words[place] = misheard
    with suppress(ValueError):
        assert fingerprint_in_words(" ".join(words)) != fingerprint


@pytest.mark.parametrize("text", ["", "zoo", "zoo " * 14, "zoo " * 14 + "zzz", "zoo " * 15])
def test_what_is_no_fingerprint_is_said_so(text: str) -> None:
    with pytest.raises(ValueError, match=r"number of words|none of the words|misheard"):
        fingerprint_of(text)


def test_words_are_the_standards_own() -> None:
    # BIP 39's list and checksum: test vector of 160 zero bits, by the standard's rule.
    assert words_of("00" * 20) == "abandon " * 14 + "address"
