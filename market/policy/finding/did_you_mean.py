"""What somebody may have meant who wrote what there is not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Final

_MOST: Final = 3
_ALIKE: Final = 0.7


def nearest_ids(written: str, known: Iterable[str]) -> list[str]:
    """The ids that are most like one that was mistyped, the nearest first; at most three."""
    return get_close_matches(written.casefold(), list(known), _MOST, _ALIKE)


def nearest_words(written: str, titles: Mapping[str, str]) -> str:
    """A search with each word that nothing has replaced by the nearest that an id or title has;
    empty where that changes nothing, or a word is like none.

    Args:
        titles: by id, both case-folded.
    """
    known = sorted({word for pair in titles.items() for text in pair for word in _words(text)})
    found = []
    for word in written.casefold().split():
        if any(word in one for one in known):
            found.append(word)
        elif nearest := get_close_matches(word, known, 1, _ALIKE):
            found.append(nearest[0])
        else:
            return ""
    meant = " ".join(found)
    return "" if meant == " ".join(written.casefold().split()) else meant


def _words(text: str) -> list[str]:
    return "".join(one if one.isalnum() else " " for one in text).split()
