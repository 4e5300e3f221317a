"""Consortia in a dictionary."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from world.memory.ledger import MemoryLedger

from market.database.catalogue.errors import dataset_of_another
from market.database.catalogue.names import NameKind
from market.entities.consortium import Consortium
from market.policy.consortia.consortium import (
    check_newest,
    is_next,
    no_consortium,
    with_binding,
    with_consent,
    with_departure,
    with_joining,
)
from market.records.agreement import Consent, Departure, Joining
from market.records.binding import Binding
from market.records.consortium import Proposal
from market.records.signed import Signed


@dataclass
class MemoryConsortia:
    """`names` is the catalogue's: a name is claimed among consortia and datasets alike."""

    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    names: dict[str, NameKind] = field(default_factory=dict)
    kept: dict[str, list[Consortium]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    bound: dict[str, dict[str, Signed[Binding]]] = field(default_factory=dict)

    def has(self, consortium: str) -> bool:
        return consortium in self.kept

    def propose(self, proposal: Signed[Proposal], *, now: int) -> None:
        del now
        consortium = proposal.record.consortium
        if self.names.get(consortium, "consortium") != "consortium":
            raise dataset_of_another(consortium)
        mine = self.kept.get(consortium, [])
        if is_next(proposal, mine[-1] if mine else None):
            self.names[consortium] = "consortium"
            self.kept[consortium] = [*mine, Consortium(proposal)]

    def get(self, consortium: str, number: int) -> Consortium:
        mine = self.kept.get(consortium, [])
        if not 1 <= number <= len(mine):
            raise no_consortium(consortium)
        return mine[number - 1]

    def newest(self, consortium: str) -> Consortium:
        return self.get(consortium, len(self.kept.get(consortium, [])))

    def of_organisation(self, organisation: str) -> list[Consortium]:
        return [found for found in self.all_newest() if organisation in found.organisations]

    def has_seat(self, organisation: str) -> bool:
        return bool(self.of_organisation(organisation))

    def agreed(self) -> list[Consortium]:
        return [found for found in self.all_newest() if found.state == "agreed"]

    def add_joining(self, consortium: str, number: int, joining: Signed[Joining]) -> Consortium:
        return self._change(consortium, number, lambda before: with_joining(before, joining))

    def add_consent(self, consortium: str, number: int, consent: Signed[Consent]) -> Consortium:
        return self._change(consortium, number, lambda before: with_consent(before, consent))

    def add_binding(
        self,
        consortium: str,
        number: int,
        binding: Signed[Binding],
        *,
        owner: str,
        caps: Mapping[str, int],
        now: int,
    ) -> Consortium:
        del now

        def with_caps(before: Consortium) -> Consortium:
            after = with_binding(before, binding)
            if after != before:
                self.ledger.open_accounts(caps)
                self.bound.setdefault(owner, {})[consortium] = binding
            return after

        return self._change(consortium, number, with_caps)

    def add_departure(
        self, consortium: str, number: int, departure: Signed[Departure]
    ) -> Consortium:
        return self._change(consortium, number, lambda before: with_departure(before, departure))

    def bindings_of(self, owner: str) -> dict[str, Signed[Binding]]:
        return dict(sorted(self.bound.get(owner, {}).items()))

    def all_newest(self) -> list[Consortium]:
        return [self.kept[consortium][-1] for consortium in sorted(self.kept)]

    def _change(
        self, consortium: str, number: int, step: Callable[[Consortium], Consortium]
    ) -> Consortium:
        with self.lock:
            newest = self.newest(consortium)
            check_newest(consortium, number, newest.number)
            after = step(newest)
            self.kept[consortium][-1] = after
        return after
