"""Addresses and notices, in dictionaries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from market.entities.notices import Channel, Letter, Notice, NoticeAddress


@dataclass
class MemoryNotices:
    kept: dict[tuple[str, Channel], NoticeAddress] = field(default_factory=dict)
    noted: dict[str, Notice] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)

    def addresses(self, user: str) -> list[NoticeAddress]:
        found = [one for (whose, _), one in self.kept.items() if whose == user]
        return sorted(found, key=lambda one: one.channel)

    def put_address(self, address: NoticeAddress) -> None:
        self.remove_address(address.user, address.channel)
        self.kept[address.user, address.channel] = address

    def confirm(self, user: str, secret_hash: str) -> bool:
        for (whose, channel), one in self.kept.items():
            if whose == user and secret_hash and one.secret_hash == secret_hash:
                self.kept[whose, channel] = replace(one, secret_hash="")
                return True
        return False

    def remove_address(self, user: str, channel: Channel) -> None:
        self.kept.pop((user, channel), None)
        for name, one in list(self.noted.items()):
            if (one.user, one.channel) == (user, channel) and name not in self.ended:
                del self.noted[name]

    def forget(self, user: str) -> None:
        self.kept = {key: one for key, one in self.kept.items() if key[0] != user}
        self.noted = {name: one for name, one in self.noted.items() if one.user != user}

    def note_failure(self, user: str, channel: Channel, code: str) -> None:
        if (user, channel) in self.kept:
            self.kept[user, channel] = replace(self.kept[user, channel], failure=code)

    def told_users(self, after: str, limit: int) -> list[str]:
        users = {user for (user, _), one in self.kept.items() if one.is_confirmed}
        return sorted(user for user in users if user > after)[:limit]

    def add(self, notices: Sequence[Notice]) -> None:
        for new in notices:
            if all(_what(one) != _what(new) for one in self.noted.values()):
                self.noted[new.notice] = new

    def due(self, *, now: int, limit: int) -> list[Notice]:
        found = [
            one
            for name, one in self.noted.items()
            if name not in self.ended and one.next_try_at <= now and self._is_told(one)
        ]
        return sorted(found, key=lambda one: (one.next_try_at, one.notice))[:limit]

    def _is_told(self, notice: Notice) -> bool:
        address = self.kept.get((notice.user, notice.channel))
        return address is not None and address.is_confirmed

    def try_again(self, notices: Sequence[str], *, at: int) -> None:
        for name in notices:
            one = self.noted[name]
            self.noted[name] = replace(one, tries=one.tries + 1, next_try_at=at)

    def end(self, notices: Sequence[str]) -> None:
        self.ended.update(notices)

    def forget_before(self, made_before: int) -> None:
        for name in list(self.ended):
            if self.noted[name].made_at < made_before:
                del self.noted[name]
                self.ended.remove(name)


def _what(notice: Notice) -> tuple[object, ...]:
    return (notice.user, notice.channel, notice.kind, notice.subject, notice.since)


@dataclass
class KeptMessages:
    """Messengers that keep what they are given; `failure` is raised instead while it is set."""

    letters: list[Letter] = field(default_factory=list)
    posted: list[tuple[str, bytes]] = field(default_factory=list)
    failure: Exception | None = None

    def mail(self, letter: Letter) -> None:
        self._fail()
        self.letters.append(letter)

    def hook(self, url: str, body: bytes) -> None:
        self._fail()
        self.posted.append((url, body))

    def _fail(self) -> None:
        if self.failure is not None:
            raise self.failure
