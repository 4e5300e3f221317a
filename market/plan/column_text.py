"""What an owner may call a column and its levels, and how they are told of."""

from __future__ import annotations

import re

from market.plan.cells import normal_text
from market.plan.text import check_text, unreadable

OTHER = "OTHER"
"""The level of what is none of the declared ones."""

_COLUMN_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_LONGEST_LEVEL = 100


def check_column(name: str, meaning: str) -> None:
    """Return if a column may have this name, and people can read what it means.

    Raises:
        ValueError: it may not.
    """
    if not _COLUMN_NAME.fullmatch(name):
        raise ValueError(f"column name {name!r}: lower-case ASCII words of up to 40 characters")
    check_text(f"column {name}: meaning", meaning)


def counted_in_words(only_summed: bool) -> str:
    """What cannot be asked of a column's levels, to stand behind them; nothing where all can."""
    return "; only counted: neither group nor filter" if only_summed else ""


def check_level(level: str, column: str) -> None:
    """Return if a column may have a level of this text (raises ValueError)."""
    is_text = level.isprintable() and not unreadable(level) and level == normal_text(level)
    if not is_text or not 1 <= len(level) <= _LONGEST_LEVEL:
        raise ValueError(
            f"column {column}: level {level[:80]!r} is not a level, expected 1 to {_LONGEST_LEVEL} "
            "printable characters in Unicode's composed form"
        )
    if level == OTHER:
        raise ValueError(f"column {column}: {OTHER} is not declared: it is what other values are")
