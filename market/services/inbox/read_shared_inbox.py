"""What colleagues have shared with a user, and what of it they have taken back."""

from __future__ import annotations

from collections.abc import Set
from typing import Final

from market.entities.inbox import InboxItem, InboxPlace
from market.entities.people import User
from market.entities.shared_result import SharedWith
from market.services.platform import Platform

NEWEST_SHARED: Final = 20
"""So many of what is not marked stand in the inbox, the newest; the client lists all of it."""


def of_reader(platform: Platform, user: User, marked: Set[InboxPlace]) -> list[InboxItem]:
    """Results to open that colleagues have shared, and those withdrawn, until they are put away:
    the newest that are not marked, and those among and before them that are."""
    given = platform.shared_results.given_to(user.user, limit=NEWEST_SHARED + len(marked))
    items = [_item(shared) for shared in given]
    left = [item for item in items if item.place not in marked][:NEWEST_SHARED]
    return left + [item for item in items if item.place in marked]


def _item(shared: SharedWith) -> InboxItem:
    job, sharer = shared.job, shared.sharer
    if shared.withdrawn_at:
        text = f"{sharer} has taken back the result of {job}; what you opened of it stays with you."
        command = f"market result withdraw {job} --with {shared.recipient}"
        return InboxItem("withdrawn", job, text, command, shared.withdrawn_at)
    text = f"{sharer} shares the result of {job} with you."
    return InboxItem("shared", job, text, f"market result open {job}", shared.shared_at)
