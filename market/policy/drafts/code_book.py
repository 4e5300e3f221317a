"""What a code book says of a draft's columns: pasted text, a line for each column or for each code.

    column,type,label,unit,low,high,missing,levels,written      a line for each column
    column,code,label                                           a line for each code, a level

The first line names what stands below it, in any order and by one of several words each; commas,
semicolons, tabs or bars stand between. Nothing is guessed: what was not understood is told by its
line. What codes are called goes into the column's meaning: levels are what stands in the file.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from market.entities.draft import DraftColumn
from market.policy.drafts.draft_items import items_text

_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "column": ("column", "name", "variable", "field", "var"),
    "kind": ("type", "kind"),
    "meaning": ("label", "meaning", "description", "question"),
    "unit": ("unit", "units"),
    "low": ("low", "min", "minimum", "from", "first"),
    "high": ("high", "max", "maximum", "to", "last"),
    "missing": ("missing", "missingcodes", "na"),
    "levels": ("levels", "values", "categories"),
    "written": ("written", "format"),
    "code": ("code", "value", "level"),
}
_KINDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("numeric", "number", "integer", "int", "float", "decimal"), "numeric"),
    **dict.fromkeys(("categorical", "category", "factor", "text", "string"), "categorical"),
    **dict.fromkeys(("boolean", "bool", "yesno", "logical"), "boolean"),
    **dict.fromkeys(("date", "day"), "date"),
}
_NOT_A_WORD: Final = re.compile(r"[\W_]+")
_LONGEST_TEXT: Final = 20_000


@dataclass(frozen=True, slots=True)
class Applied:
    """The columns with what a book says of them.

    Attributes:
        changed: the names of those of which it said something new.
        told: what was not understood, a sentence each.
    """

    columns: tuple[DraftColumn, ...]
    changed: tuple[str, ...]
    told: tuple[str, ...]


def with_code_book(columns: Sequence[DraftColumn], text: str) -> Applied:
    """The columns as the book has them; what it leaves empty stays as it is. Never raises."""
    lines, told = _lines(text)
    if not lines:
        return Applied(tuple(columns), (), ("There is no line to read.", *told))
    head, titles = lines[0]
    names = [_title(title) for title in titles]
    told += [
        f"Line {head}: {title!r:.60} is no heading that is known."
        for title, name in zip(titles, names, strict=True)
        if not name
    ]
    if "column" not in names:
        return Applied(tuple(columns), (), (f"Line {head} names no column of names.", *told))
    found = list(columns)
    places = {key: place for place, one in enumerate(columns) for key in _keys(one)}
    codes: dict[int, list[tuple[str, str]]] = {}
    for number, cells in lines[1:]:
        said = {name: cell.strip() for name, cell in zip(names, cells, strict=False) if name}
        place = places.get(_word(said.get("column", "")))
        if place is None:
            told.append(f"Line {number}: there is no column {said.get('column', '')!r:.60}.")
        elif len(cells) > len(names):
            told.append(f"Line {number} has {len(cells)} cells, its first {len(names)}.")
        elif "code" in names:
            codes.setdefault(place, []).append((said.get("code", ""), said.get("meaning", "")))
        else:
            found[place], lacks = _said_of(found[place], said)
            told += [f"Line {number}: {lack}" for lack in lacks]
    for place, labelled in codes.items():
        found[place] = _with_codes(found[place], labelled)
    changed = (new.name for old, new in zip(columns, found, strict=True) if old != new)
    return Applied(tuple(found), tuple(changed), tuple(told))


def _said_of(column: DraftColumn, said: Mapping[str, str]) -> tuple[DraftColumn, list[str]]:
    texts = {name: text for name, text in said.items() if name not in ("column", "kind") and text}
    long = [name for name in texts if len(texts[name]) > _LONGEST_TEXT]
    lacks = [f"its {name} is longer than may be." for name in long]
    column = replace(column, **texts) if not lacks else column  # type: ignore[arg-type]
    kind = said.get("kind", "")
    if not kind:
        return column, lacks
    if _word(kind) not in _KINDS:
        return column, [*lacks, f"{kind!r:.60} is no type that is known."]
    return replace(column, kind=_KINDS[_word(kind)]), lacks  # type: ignore[arg-type]


def _with_codes(column: DraftColumn, labelled: Sequence[tuple[str, str]]) -> DraftColumn:
    labels = ", ".join(f"{code} {label}" for code, label in labelled if label)
    meaning = column.meaning.strip()
    if labels not in meaning:
        meaning = f"{meaning}: {labels}" if meaning else labels
    levels = items_text(code for code, _ in labelled)
    return replace(column, kind="categorical", levels=levels, meaning=meaning)


def _lines(text: str) -> tuple[list[tuple[int, list[str]]], list[str]]:
    """The lines that hold something, by their numbers, and what is wrong with the others."""
    written = text.splitlines()
    first = next((line for line in written if line.strip()), "")
    sign = max(",;\t|", key=first.count)
    lines, told = list[tuple[int, list[str]]](), list[str]()
    for number, line in enumerate(written, start=1):
        try:
            cells = next(csv.reader([line], delimiter=sign, strict=True), [])
        except csv.Error:
            told.append(f"Line {number} opens a quote that it does not close.")
            continue
        if any(cell.strip() for cell in cells):
            lines.append((number, cells))
    return lines, told


def _title(title: str) -> str:
    word = _word(title)
    return next((name for name, words in _WORDS.items() if word in words), "")


def _keys(column: DraftColumn) -> Iterator[str]:
    yield from filter(None, (_word(column.name), _word(column.header)))


def _word(text: str) -> str:
    return _NOT_A_WORD.sub("", text.casefold())
