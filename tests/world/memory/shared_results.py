"""Reader keys and shared results, in dictionaries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from market.entities.shared_result import SharedWith
from market.policy.operation.shared_results import check_shared, no_shared


@dataclass
class MemorySharedResults:
    keys: dict[str, str] = field(default_factory=dict)
    kept: dict[tuple[str, str], SharedWith] = field(default_factory=dict)

    def put_reader_key(self, user: str, document: str) -> None:
        self.keys[user] = document

    def reader_key(self, user: str) -> str:
        return self.keys.get(user, "")

    def share(self, shared: SharedWith, *, most: int) -> None:
        this = (shared.job, shared.recipient)
        others = [one for one in self.of_organisation(shared.organisation) if _key(one) != this]
        readable = [one for one in others if not one.withdrawn_at]
        check_shared(shared.organisation, len(readable), most)
        self.kept[this] = shared

    def get(self, job: str, recipient: str) -> SharedWith:
        if (job, recipient) not in self.kept:
            raise no_shared(job, recipient)
        return self.kept[job, recipient]

    def of_user(self, user: str) -> list[SharedWith]:
        return self._found(lambda one: user in (one.sharer, one.recipient))

    def of_organisation(self, organisation: str) -> list[SharedWith]:
        return self._found(lambda one: one.organisation == organisation)

    def given_to(self, user: str, *, limit: int) -> list[SharedWith]:
        return self._found(lambda one: one.recipient == user)[:limit]

    def withdraw(self, job: str, recipient: str, *, now: int) -> None:
        kept = self.kept.get((job, recipient))
        if kept is not None and not kept.withdrawn_at:
            self.kept[job, recipient] = replace(kept, document="", withdrawn_at=now)

    def put_away(self, job: str, recipient: str) -> None:
        self.kept.pop((job, recipient), None)

    def forget_before(self, shared_before: int) -> None:
        self._keep(lambda one: one.shared_at >= shared_before)

    def forget(self, user: str) -> None:
        self.keys.pop(user, None)
        self._keep(lambda one: user not in (one.sharer, one.recipient))

    def _found(self, wanted: Callable[[SharedWith], bool]) -> list[SharedWith]:
        found = filter(wanted, self.kept.values())
        return sorted(found, key=lambda one: (-one.shared_at, one.job, one.recipient))

    def _keep(self, wanted: Callable[[SharedWith], bool]) -> None:
        self.kept = {key: one for key, one in self.kept.items() if wanted(one)}


def _key(shared: SharedWith) -> tuple[str, str]:
    return shared.job, shared.recipient
