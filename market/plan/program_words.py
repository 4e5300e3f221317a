"""How the words of a buyer's program are shown: marked, in a quotation that they cannot end."""

from __future__ import annotations


def programs_words(text: str) -> str:
    """One line, in which everything between the guillemets is the program's own text."""
    return f"The program says: «{in_quotation(text)}»"


def in_quotation(text: str) -> str:
    """The text without guillemets of its own, and with nothing that does not print."""
    return "".join(
        char if char.isprintable() and char not in "«»" else char.encode("unicode_escape").decode()
        for char in text
    )
