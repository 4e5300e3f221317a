"""What users have marked as done in their inbox, each for themselves."""

from __future__ import annotations

from typing import Protocol

from market.entities.inbox import InboxMark, InboxPlace


class InboxMarks(Protocol):
    def of_user(self, user: str) -> list[InboxMark]:
        """A user's marks, the newest first."""

    def put(self, mark: InboxMark, *, most: int) -> None:
        """Keep a mark; the same place again changes nothing. Of more than `most` of one user the
        oldest are dropped."""

    def remove(self, user: str, place: InboxPlace) -> None:
        """Take a mark back; nothing happens where there is none."""
