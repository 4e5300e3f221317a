"""Who is a person: one notion for contribution bounds, lineages and epochs alike.

A person is the normal form of a privacy-unit id. Whatever bounds, counts or remembers people does
so by this form, never by a spelling: a bound on spellings does not bound people.
"""

from __future__ import annotations

import re
import unicodedata

from market.plan.cells import cell_key

_STORED_AS_FLOAT = re.compile(r"(?:\.0*)+$")
_UNSEEN = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    r"\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8"
    r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""Drawn as nothing though they are no blanks: Unicode's default ignorable code points (UAX #44),
such as variation selectors and the Hangul filler, and the empty Braille pattern."""
_WHOLE_NUMBER = re.compile(r"\+?0*([0-9]+)")


def normal_id(identifier: str) -> str:
    """One spelling for ids which differ in case, blanks, width, leading zeros or a final `.0`.

    Taking two people for one is safe here: it only makes their tables share a budget. The form is
    a fixed point: the normal form of a normal form is itself. It is empty for an id of blanks and
    invisible characters, which names nobody.
    """
    text = _spelled_alike(identifier)
    text = _STORED_AS_FLOAT.sub("", text)
    number = _WHOLE_NUMBER.fullmatch(text)
    return number[1] if number else text


def person_in(cell: str) -> str:
    """Whom a cell names: the normal form of its value, however a file writes it; empty: nobody."""
    return normal_id(cell_key(cell))


def _spelled_alike(text: str) -> str:
    """Compatibility form, case folded, ASCII digits, nothing blank or invisible."""
    if text.isascii() and text.isprintable():
        return "".join(text.casefold().split())
    folded = _UNSEEN.sub("", unicodedata.normalize("NFKD", text).casefold())
    seen = [c for c in folded if not c.isspace() and unicodedata.category(c) not in ("Cc", "Cf")]
    digits = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in seen)
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", digits).casefold())
