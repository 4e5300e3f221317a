"""What people type for others to read, at the door."""

from __future__ import annotations

from market.errors import Refused
from market.plan.text import check_text


def refuse_unreadable(what: str, text: str, *, lines: bool = False) -> None:
    """Raises Refused, code `text-unreadable`, for a text with a character that nobody can see."""
    try:
        check_text(f"The {what}", text.replace("\r\n", "\n"), lines=lines)
    except ValueError as error:
        raise Refused("text-unreadable", f"{error}.", "Type it again, as plain text.") from error
