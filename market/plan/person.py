"""Who is a person: one notion for contribution bounds, lineages and epochs alike.

A person is the normal form of a privacy-unit id. Whatever bounds, counts or remembers people does
so by this form, never by a spelling: a bound on spellings is no bound on people.
"""

from __future__ import annotations

import unicodedata


def normal_id(identifier: str) -> str:
    """One spelling for ids which differ in case, blanks, width, leading zeros or a final `.0`.

    Taking two people for one is safe here: it only makes their tables share a budget.
    """
    folded = unicodedata.normalize("NFKC", identifier).casefold()
    text = "".join(folded.split()).removesuffix(".0")
    return (text.lstrip("0") or "0") if text.isdigit() else text
