"""How a column's cells are written in a file, where they are not as the market reads them.

    numeric   one of `NUMBERS`, an example: "1.234,5" has points between thousands, and a comma
    date      one of `DAYS`: "DD.MM.YYYY"; a time behind the day is passed over
    boolean   what says yes and what says no: "oui/non"; capitals aside

Only how a cell is spelled is said here, never what it means: what is read is the text that a file
without such ways would hold (market.plan.cells), and a cell that is not written so says nothing.
Days in ISO 8601, YYYY-MM-DD, are read beside any other way: no other way looks alike.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final

from market.plan.cells import cell_key, date_of, number_of, truth_of

NUMBERS: Final[Mapping[str, tuple[str, str]]] = {
    "1234.5": ("", "."),
    "1,234.5": (",", "."),
    "1234,5": ("", ","),
    "1.234,5": (".", ","),
    "1 234.5": (" ", "."),
    "1 234,5": (" ", ","),
    "1'234.5": ("'", "."),
    "1'234,5": ("'", ","),
}
"""The signs between thousands and before the tenths, by what a number then looks like."""
DAYS: Final = (
    "YYYY-MM-DD",
    "DD.MM.YYYY",
    "DD/MM/YYYY",
    "MM/DD/YYYY",
    "DD-MM-YYYY",
    "MM-DD-YYYY",
    "YYYY/MM/DD",
    "YYYY.MM.DD",
    "YYYYMMDD",
)
YES_NO: Final = (
    "oui/non",
    "ja/nein",
    "ja/nee",
    "ja/nej",
    "ja/nei",
    "si/no",
    "sí/no",
    "sì/no",
    "sim/não",
    "sim/nao",
    "tak/nie",
    "ano/ne",
    "da/nu",
    "да/нет",
    "on/off",
    "vrai/faux",
    "wahr/falsch",
)
"""Words for yes and no that columns are likely to be written in; others may be declared."""
UNREAD: Final = "\0"
"""What a cell becomes that is not written as declared: neither a number, a day nor an answer."""

Reader = Callable[[str], str]
"""A cell's normal text to the text that the market reads, or UNREAD."""

_ANY_OF: Final = {" ": "[ \u00a0\u2009\u202f]", "'": "['’]"}
_EITHER: Final = {" ": " \u00a0\u2009\u202f", "'": "'’"}
_TIME: Final = r"(?:[T ]\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?: ?(?:Z|[+-]\d\d:?\d\d))?)?"
_PARTS: Final = {"YYYY": r"(?P<year>\d{4})", "MM": r"(?P<month>\d\d?)", "DD": r"(?P<day>\d\d?)"}
_LONGEST_WORD: Final = 60
_DIGIT: Final = re.compile(r"\d", re.ASCII)


def check_written(kind: str, written: str) -> None:
    """Whether cells of a column of this type can be written so (raises ValueError)."""
    if kind == "boolean":
        _yes_and_no(written)
        return
    ways = {"numeric": tuple(NUMBERS), "date": DAYS}.get(kind, ())
    if written not in ways:
        expected = f"expected one of {', '.join(ways)}" if ways else "and its levels say how"
        raise ValueError(f"{written!r:.60} is no way to write it, {expected}")


@lru_cache(maxsize=256)
def reader_of(written: str) -> Reader:
    """What reads cells that are written so (raises ValueError)."""
    if written in NUMBERS:
        return _number_reader(*NUMBERS[written])
    if written in DAYS:
        return _day_reader(written)
    return _answer_reader(*_yes_and_no(written))


def ways_to_read(kind: str, texts: Iterable[str]) -> tuple[str, ...]:
    """The ways under which most of these cells can be read, none where hardly one can: several
    where the cells do not tell, as 1,234 may be a thousand and 01/02/2024 in January."""
    ways: Sequence[str] = {"numeric": tuple(NUMBERS), "date": DAYS, "boolean": YES_NO}.get(kind, ())
    cells = list(texts)
    # Of ways that read the same, the first.
    distinct: dict[tuple[str, ...], str] = {}
    for way in ways:
        distinct.setdefault(tuple(map(reader_of(way), cells)), way)
    read = {way: sum(says(kind, text) for text in said) for said, way in distinct.items()}
    most = max(read.values(), default=0)
    return tuple(way for way in read if read[way] == most) if 2 * most > len(cells) else ()


def says(kind: str, text: str) -> bool:
    """Whether a text says something in a column of this type."""
    match kind:
        case "numeric":
            return number_of(text) is not None
        case "date":
            return date_of(text) is not None
        case "boolean":
            return truth_of(text) is not None
    return True


def _number_reader(thousands: str, decimal: str) -> Reader:
    grouped = rf"\d{{1,3}}(?:{_ANY_OF.get(thousands, re.escape(thousands))}\d{{3}})+|"
    sign = re.escape(decimal)
    pattern = re.compile(
        rf"[+-]?(?:(?:{grouped if thousands else ''}\d+)(?:{sign}\d*)?|{sign}\d+)"
        r"(?:[eE][+-]?\d{1,6})?",
        re.ASCII,
    )
    plain = str.maketrans(decimal, ".", _EITHER.get(thousands, thousands))

    def read(text: str) -> str:
        if text.isdecimal() and text.isascii():
            return text
        if pattern.fullmatch(text):
            return text.translate(plain)
        # Words such as nan and inf are of no language.
        return UNREAD if _DIGIT.search(text) else text

    return read


def _day_reader(written: str) -> Reader:
    signs = re.escape(written)
    for part, group in _PARTS.items():
        # Without a sign between them the parts have all their digits.
        alone = group.replace(r"\d\d?", r"\d\d") if written.isalpha() else group
        signs = signs.replace(part, alone)
    pattern = re.compile(signs + _TIME, re.ASCII)

    def read(text: str) -> str:
        found = pattern.fullmatch(text)
        if found is None:
            return text if date_of(text) is not None else UNREAD
        year, month, day = int(found["year"]), int(found["month"]), int(found["day"])
        try:
            return datetime.date(year, month, day).isoformat()
        except ValueError:
            return UNREAD

    return read


def _answer_reader(yes: str, no: str) -> Reader:
    answers = {cell_key(yes).casefold(): "true", cell_key(no).casefold(): "false"}

    def read(text: str) -> str:
        return answers.get(cell_key(text).casefold(), UNREAD)

    return read


def _yes_and_no(written: str) -> tuple[str, str]:
    yes, sign, no = (part.strip() for part in written.partition("/"))
    is_pair = sign and yes and no and "/" not in no and len(written) <= _LONGEST_WORD
    if not is_pair or cell_key(yes).casefold() == cell_key(no).casefold():
        raise ValueError(f"{written!r:.60} is not what says yes and what says no, such as oui/non")
    return yes, no
