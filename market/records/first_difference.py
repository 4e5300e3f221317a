"""Where a document is not what it has to be: the first member that differs, in the order given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_MOST_CHARACTERS = 80
"""Of each value: a hash is told whole, a list of columns by its beginning."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One member that differs; both values as text, cut where they are long."""

    what: str
    seen: str
    wanted: str

    def __str__(self) -> str:
        return f"{self.what} is {self.seen}, expected {self.wanted}"


def first_difference(compared: Mapping[str, tuple[object, object]]) -> Difference | None:
    """The first of the (seen, wanted) pairs, by what they are of, whose two values are not equal.

    None when all agree. The caller turns a difference into its own coded error.
    """
    for what, (seen, wanted) in compared.items():
        if seen != wanted:
            return Difference(what, _told(seen), _told(wanted))
    return None


def _told(value: object) -> str:
    return str(value)[:_MOST_CHARACTERS]
