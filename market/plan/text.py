"""Text that one person writes and another reads: titles, meanings, levels, names, messages.

A reader sees what the writer wrote, in the order it was written, or the text is refused: no control
and format characters (directions, joiners, zero widths), no letters without a shape, no half
characters and none whose shape is everybody's own. Standard library only, as the plan's sandbox
imports it.
"""

from __future__ import annotations

import unicodedata

_UNREADABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
# Letters and marks that fill no space: the combining joiner, Hangul and Khmer fillers.
_SHAPELESS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")


def unreadable(text: str, *, lines: bool = False) -> str:
    """The first character that nobody can see, as `U+202E`; empty if all are readable.

    Args:
        lines: whether the text may have several lines.
    """
    for char in text:
        if lines and char == "\n":
            continue
        if char in _SHAPELESS or unicodedata.category(char) in _UNREADABLE:
            return f"U+{ord(char):04X}"
    return ""


def readable(text: str, *, lines: bool = False) -> str:
    """The text with `�` for every character that nobody can see: for showing what is refused."""
    return "".join("\ufffd" if unreadable(char, lines=lines) else char for char in text)


def check_text(what: str, text: str, *, lines: bool = False) -> None:
    """Return if a person can see every character of a text.

    Raises:
        ValueError: they cannot; the character and `what` the text is are named.
    """
    if found := unreadable(text, lines=lines):
        raise ValueError(f"{what} holds the character {found}, which nobody can see")
