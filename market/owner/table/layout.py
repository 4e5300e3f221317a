"""Where the declared columns stand in a file, and which codes in them mean that nothing is there.

    separator = ";"                      of a CSV; else it is found by the declared names
    [privacy_unit] header, missing       [[columns]] header, missing
    written = "1.234,5"                  of numbers, dates, yes and no, where their cells are not as
                                         the market reads them (market.plan.written); of numbers
                                         decimal = "," says the same as written = "1234,5"

The market never sees any of it: the signed schema has the names and what they mean, the file is the
owner's. A column without a header of its own is the one whose header is its name, as it stands or
once capitals and signs are taken away: `Body Mass` is `body_mass`. A column without anything
above it is called by its place: the seventh is `column 7`.
"""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from market.errors import Refused
from market.plan.cells import cell_key, cell_text, normal_text
from market.plan.written import check_written
from market.policy.drafts.draft_declared import separates

LAYOUT_KEYS: Final = ("header", "missing")
_DECIMAL_SIGNS: Final = (".", ",")
_WITH_COMMA: Final = "1234,5"
_NOT_A_WORD = re.compile(r"[^a-z0-9]+")
_LONGEST_HEADER = 1_000


@dataclass(frozen=True, slots=True)
class Source:
    """One declared column in the file.

    `missing` holds the declared codes by `key`, which tells when a cell says the same as a code: as
    numbers in a column of numbers, as people in one of ids. A code in a spelling nobody thought of
    would else be a value, or a person.

    Attributes:
        written: how its cells are written (market.plan.written); empty: as the market reads them.
    """

    name: str
    header: str | None = None
    missing: frozenset[str] = frozenset()
    key: Callable[[str], str] = cell_key
    written: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """The declared columns in the schema's order, and the privacy unit's if it has one."""

    columns: tuple[Source, ...]
    unit: Source | None
    separator: str | None = None

    @property
    def sources(self) -> tuple[Source, ...]:
        """The declared columns, then the privacy unit's."""
        return (*self.columns, *([self.unit] if self.unit else []))


def source_of(path: str, name: str, values: Mapping[str, Any], key: Callable[[str], str]) -> Source:
    """A column's place in the file as declared under `path`; `key` as in `Source`.

    Raises:
        ValueError: naming the key.
    """
    header = values.get("header")
    if header is not None and not (isinstance(header, str) and 0 < len(header) <= _LONGEST_HEADER):
        raise ValueError(f"{path}header is {header!r:.80}, expected the text above the column")
    missing = values.get("missing", [])
    if not isinstance(missing, list):
        raise ValueError(f"{path}missing is {missing!r:.80}, expected a list of numbers and texts")
    codes = frozenset(key(_code(f"{path}missing", code)) for code in missing)
    return Source(name, header, codes, key, _written(path, values))


def _written(path: str, values: Mapping[str, Any]) -> str:
    decimal, written = values.get("decimal", "."), values.get("written", "")
    if decimal not in _DECIMAL_SIGNS:
        raise ValueError(f'{path}decimal is {decimal!r:.80}, expected "." or ","')
    if "written" not in values:
        return _WITH_COMMA if decimal == "," else ""
    if "decimal" in values:
        raise ValueError(f"{path}written says the decimal sign, too: leave decimal out")
    if not isinstance(written, str):
        raise ValueError(f"{path}written is {written!r:.80}, expected text such as 1.234,5")
    try:
        check_written(values["type"], written)
    except ValueError as error:
        raise ValueError(f"{path}written: {error}") from error
    return written


def separator_of(values: Mapping[str, Any]) -> str | None:
    """The declared separator. Raises ValueError when it can be none."""
    separator = values.get("separator")
    if separator is None:
        return None
    if not isinstance(separator, str) or not separates(separator):
        raise ValueError(f"separator is {separator!r:.80}, expected one sign, such as ;")
    return separator


def find_columns(headers: Sequence[str], sources: Sequence[Source]) -> tuple[int, ...]:
    """The place of each source's column in the raw header.

    Raises:
        Refused: `table-column-twice`, `table-column-missing`.
    """
    check_distinct(headers)
    return tuple(_place(source, headers) for source in sources)


def check_distinct(headers: Sequence[str]) -> None:
    """That no two columns have one header (raises Refused, `table-column-twice`)."""
    raw = [normal_text(header) for header in headers if normal_text(header)]
    if repeated := [header for header, times in Counter(raw).items() if times > 1]:
        raise Refused(
            "table-column-twice",
            f"The table has {raw.count(repeated[0])} columns headed {quoted(repeated[0])}.",
            "Rename or remove one; nothing was sent.",
        )


def titled(headers: Sequence[str]) -> list[str]:
    """The headers, with a title by its place for each column above which nothing stands."""
    taken = {normal_text(header) for header in headers}
    return [
        header if normal_text(header) else _title(place, taken)
        for place, header in enumerate(headers, start=1)
    ]


def _title(place: int, taken: Collection[str]) -> str:
    title = f"column {place}"
    while title in taken:
        title += " without header"
    return title


def count_found(headers: Sequence[str], sources: Sequence[Source]) -> int:
    """How many of the sources have a column in the header."""
    return sum(bool(_places(source, headers)) for source in sources)


def normal_name(header: str) -> str:
    """A header as a column name: lower-case words joined by underscores."""
    return _NOT_A_WORD.sub("_", header.strip().lower()).strip("_")


def _places(source: Source, headers: Sequence[str]) -> list[int]:
    raw = [normal_text(header) for header in headers]
    if source.header is not None:
        return [place for place, one in enumerate(raw) if one == normal_text(source.header)]
    return [place for place, one in enumerate(raw) if source.name in (one, normal_name(one))]


def _place(source: Source, headers: Sequence[str]) -> int:
    found = _places(source, headers)
    if not found:
        raise Refused(
            "table-column-missing",
            f"The table has no column {quoted(source.header or source.name)}; "
            f"it has {', '.join(quoted(header) for header in headers)[:400]}.",
            "Correct the table's header, or say header = in dataset.toml; nothing was sent.",
        )
    if len(found) > 1:
        raise Refused(
            "table-column-twice",
            f"{len(found)} columns of the table are called {source.name}: "
            f"{', '.join(quoted(headers[place]) for place in found)}.",
            "Say which by header = in dataset.toml; nothing was sent.",
        )
    return found[0]


def _code(path: str, code: Any) -> str:
    is_code = type(code) in (int, str, bool, Decimal) or isinstance(code, datetime.date)
    if is_code and isinstance(code, Decimal) and not code.is_finite():
        is_code = False
    text = cell_text(code) if is_code else None
    if text is None:
        raise ValueError(f"{path} holds {code!r:.80}, expected numbers and texts")
    return text


def quoted(header: str) -> str:
    """A header as it may be printed."""
    shown = "".join(sign if sign.isprintable() else "?" for sign in header)
    return f"“{shown[:60]}{'…' if len(shown) > 60 else ''}”"
