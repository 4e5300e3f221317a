"""Marks in inboxes, in a dictionary."""

from __future__ import annotations

from dataclasses import dataclass, field

from market.entities.inbox import InboxMark, InboxPlace


@dataclass
class MemoryInboxMarks:
    kept: dict[tuple[str, InboxPlace], InboxMark] = field(default_factory=dict)

    def of_user(self, user: str) -> list[InboxMark]:
        mine = [mark for mark in self.kept.values() if mark.user == user]
        return sorted(mine, key=lambda mark: (mark.marked_at, mark.place), reverse=True)

    def put(self, mark: InboxMark, *, most: int) -> None:
        self.kept.setdefault((mark.user, mark.place), mark)
        for dropped in self.of_user(mark.user)[most:]:
            self.remove(mark.user, dropped.place)

    def remove(self, user: str, place: InboxPlace) -> None:
        self.kept.pop((user, place), None)

    def forget(self, user: str) -> None:
        for mark in self.of_user(user):
            self.remove(user, mark.place)
