"""How a dataset was listed over time: every edition, with what it says otherwise than the last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from market.policy.listing.editions import Change, history
from market.records.listing import Listing


@dataclass(frozen=True, slots=True)
class EditionRow:
    """One listing of a dataset.

    Attributes:
        at: when the portal took it, in unix seconds; None where that is not known.
        badge: what is amiss with it, or empty.
        is_first: there is none before it to compare it with.
    """

    version: int
    edition: int
    at: int | None
    badge: str
    changes: tuple[Change, ...]
    is_first: bool


def edition_rows(
    listings: Sequence[Listing],
    listed_at: Mapping[tuple[int, int], int],
    badges: Mapping[tuple[int, int], str] | None = None,
) -> list[EditionRow]:
    """The rows, the newest first.

    Args:
        listings: as they came.
        listed_at: by version and edition.
        badges: by version and edition, of those with which something is amiss.
    """
    rows = []
    for place, told in enumerate(history(listings), start=1):
        which = (told.listing.version, told.listing.edition)
        badge = (badges or {}).get(which, "")
        is_first = place == len(listings)
        rows.append(EditionRow(*which, listed_at.get(which), badge, told.changes, is_first))
    return rows
