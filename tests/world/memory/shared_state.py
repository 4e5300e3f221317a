"""Leases, redeemed codes and forms in dictionaries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from market.entities.overview import Trouble
from market.entities.stages import AllForms
from market.ports.shared_state import NumberedForms


@dataclass
class MemoryLeases:
    kept: dict[str, tuple[str, int]] = field(default_factory=dict)

    def take(self, name: str, holder: str, *, now: int, lease_seconds: int) -> bool:
        if self.holder(name, now=now) not in ("", holder):
            return False
        self.kept[name] = (holder, now + lease_seconds)
        return True

    def give_up(self, name: str, holder: str) -> None:
        if self.kept.get(name, ("", 0))[0] == holder:
            del self.kept[name]

    def holder(self, name: str, *, now: int) -> str:
        holder, expires_at = self.kept.get(name, ("", 0))
        return holder if expires_at > now else ""


@dataclass
class MemoryTroubles:
    kept: dict[str, Trouble] = field(default_factory=dict)

    def tell(self, troubles: Mapping[str, str], process: str, *, now: int) -> None:
        for duty, trouble in self.kept.items():
            if duty not in troubles and trouble.ended_at is None:
                self.kept[duty] = replace(trouble, ended_at=now)
        for duty, code in troubles.items():
            known = self.kept.get(duty)
            if known is None or known.ended_at is not None or known.code != code:
                self.kept[duty] = Trouble(duty, code, process, now, None)

    def known(self) -> list[Trouble]:
        return [self.kept[duty] for duty in sorted(self.kept)]


@dataclass
class MemoryRedeemedCodes:
    kept: dict[str, int] = field(default_factory=dict)

    def redeem(self, nonce: str, *, expires_at: int, now: int) -> bool:
        self.kept = {known: until for known, until in self.kept.items() if until >= now}
        if nonce in self.kept:
            return False
        self.kept[nonce] = expires_at
        return True


@dataclass
class MemoryForms:
    kept: NumberedForms = field(default_factory=lambda: NumberedForms(0, AllForms()))

    def read(self) -> NumberedForms:
        return self.kept

    def replace(self, forms: AllForms, *, after: int) -> bool:
        if self.kept.number != after:
            return False
        if not after or forms != self.kept.forms:
            self.kept = NumberedForms(after + 1, forms)
        return True
