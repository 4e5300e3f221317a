"""Drafts of listings, in a dictionary."""

from __future__ import annotations

from dataclasses import dataclass, field

from market.entities.draft import Draft, DraftContent
from market.policy.drafts.draft_changes import check_number, no_draft, saved, taken_up


@dataclass
class MemoryDrafts:
    kept: dict[int, Draft] = field(default_factory=dict)
    last: int = 0

    def add(
        self, organisation: str, content: DraftContent, *, by: str, most: int, now: int
    ) -> Draft:
        check_number(len(self.of_organisation(organisation)), most)
        self.last += 1
        self.kept[self.last] = Draft(self.last, organisation, content, 1, by, now, by, now)
        return self.kept[self.last]

    def get(self, number: int) -> Draft:
        if number not in self.kept:
            raise no_draft(number)
        return self.kept[number]

    def of_organisation(self, organisation: str) -> list[Draft]:
        mine = [draft for draft in self.kept.values() if draft.organisation == organisation]
        return sorted(mine, key=lambda draft: (-draft.saved_at, -draft.number))

    def save(
        self, number: int, content: DraftContent, *, revision: int, by: str, now: int
    ) -> Draft:
        changed = saved(self.get(number), content, revision=revision, by=by, now=now)
        self.kept[number] = changed
        return changed

    def take_up(self, number: int, *, revision: int, by: str, now: int) -> Draft:
        self.kept[number] = taken_up(self.get(number), revision=revision, by=by, now=now)
        return self.kept[number]

    def delete(self, number: int) -> None:
        self.get(number)
        del self.kept[number]
