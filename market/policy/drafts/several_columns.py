"""The same said of several columns of a draft at once: a type, bounds, levels, codes, a unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Final

from market.entities.draft import DraftColumn
from market.policy.drafts.draft_items import items_of

SAID: Final = ("kind", "low", "high", "levels", "missing", "unit", "written")
"""What can be said of several at once."""
GROUPS: Final = ("all", "none", "numeric", "categorical", "boolean", "date", "untyped")


def chosen_places(columns: Sequence[DraftColumn], group: str, names: str) -> tuple[int, ...]:
    """The places of a group's columns, and of those of these names, where * stands for any signs.

    Raises:
        ValueError: there is no such group, or a quotation mark has no other.
    """
    if group not in GROUPS:
        raise ValueError(f"{group!r:.40} is no group of columns")
    patterns = items_of(names)
    return tuple(
        place
        for place, column in enumerate(columns)
        if group == "all"
        or group == (column.kind or "untyped")
        or any(fnmatchcase(column.name.strip(), pattern) for pattern in patterns)
    )


def said_of_all(column: DraftColumn, said: Mapping[str, str]) -> DraftColumn:
    """The column with what is said; what is left empty stays as it is."""
    texts = {name: said[name] for name in SAID if said.get(name, "").strip()}
    return replace(column, **texts)  # type: ignore[arg-type]  # the caller checks the type's word
