"""Passwords in SQL: who gets in by one, and who chooses a new one.

They are Argon2id, verified outside any transaction, since that takes long on purpose; a name nobody
has costs the same time. Every attempt is counted before (market.database.people.attempts).
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import Connection, select, update

from market.database.people.attempts import count_attempt, forgive
from market.database.people.links import live_link, use_up
from market.database.people.rows import change_user, find_present_user, find_user
from market.database.people.secrets import (
    SecretsOfPeople,
    end_access,
    issue_token,
    open_session,
)
from market.database.people.tables import PERSON
from market.entities.people import NewToken, OneTimeLink, User
from market.policy.operation.passwords import refuse_weak_password

T = TypeVar("T")

PASSWORDS: Final = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)
"""RFC 9106 section 4, the second recommended option (64 MiB), on one lane."""
_SALT_BYTES = 16


@dataclass(frozen=True, slots=True)
class PasswordsOfPeople(SecretsOfPeople):
    """The part of market.ports.people.People that deals in passwords, at the cost that `passwords`
    carries."""

    passwords: PasswordHasher = PASSWORDS

    @property
    def nobody(self) -> str:
        """What a password for an unknown name is compared with: it costs what a real one costs.

        Its digest is all zeros, so that no password has been hashed to make it.
        """
        cost = f"m={self.passwords.memory_cost},t={self.passwords.time_cost}"
        salt, digest = (_base64(bytes(size)) for size in (_SALT_BYTES, self.passwords.hash_len))
        return f"$argon2id$v=19${cost},p={self.passwords.parallelism}${salt}${digest}"

    def set_password(self, user: str, password: str) -> None:
        """See the port; raises Refused, NotFound."""
        refuse_weak_password(user, password)
        hashed = self.passwords.hash(password)

        def step(connection: Connection) -> None:
            find_present_user(connection, user)
            change_user(connection, user, password_hash=hashed)
            end_access(connection, user)

        self.database.run(step)

    def use_link(self, secret: str, password: str, *, now: int, network: str = "") -> bool:
        """See the port; raises Refused."""
        link = self.find_link(secret, now=now)
        if link is None or link.user is None:
            return False
        user = link.user
        refuse_weak_password(user, password)
        hashed = self.passwords.hash(password)

        def step(connection: Connection) -> bool:
            is_live = live_link(connection, secret, now=now) == OneTimeLink(user)
            if not is_live or not use_up(connection, secret):
                return False
            change_user(connection, user, password_hash=hashed)
            end_access(connection, user)
            forgive(connection, user, network, now=now)
            return True

        return self.database.run(step)

    def check_password(
        self, user: str, password: str, *, now: int, network: str = ""
    ) -> User | None:
        """See the port; raises Refused (`too-many-attempts`)."""
        return self._let_in(user, password, lambda _connection, found: found, network, now=now)

    def sign_in(
        self, user: str, password: str, *, now: int, client: str = "", network: str = ""
    ) -> str | None:
        """See the port; raises Refused (`too-many-attempts`)."""

        def step(connection: Connection, found: User) -> str:
            return open_session(connection, found.user, now=now, client=client)

        return self._let_in(user, password, step, network, now=now)

    def sign_in_program(
        self,
        user: str,
        password: str,
        new: NewToken,
        *,
        now: int,
        announce: Callable[[User], None],
        network: str = "",
    ) -> str | None:
        """See the port; raises Refused (`too-many-attempts`), or what `announce` does."""

        def step(connection: Connection, found: User) -> str:
            return issue_token(connection, found.user, new, now=now)

        return self._let_in(user, password, step, network, now=now, announce=announce)

    def _let_in(
        self,
        user: str,
        password: str,
        step: Callable[[Connection, User], T],
        network: str,
        *,
        now: int,
        announce: Callable[[User], None] | None = None,
    ) -> T | None:
        """Do `step` for the active user whose password this is, in the transaction that finds it
        unchanged since it was verified."""
        self.database.run(lambda connection: count_attempt(connection, user, network, now=now))
        known = self._verified(user, password)
        if known is None:
            return None
        if announce is not None:
            with self.database.reading() as connection:
                right = find_user(connection, user)
            if not right.is_active:
                return None
            announce(right)
        old = self.passwords.check_needs_rehash(known)
        newer = self.passwords.hash(password) if old else known

        def let_in(connection: Connection) -> T | None:
            found = _still_known(connection, user, known, newer)
            if found is None:
                return None
            forgive(connection, user, network, now=now)
            return step(connection, found)

        return self.database.run(let_in)

    def _verified(self, user: str, password: str) -> str | None:
        """The hash that the password fits, None for any other or no user: in the same time."""
        mine = select(PERSON.c.password_hash).where(PERSON.c.user_id == user)
        with self.database.reading() as connection:
            known = connection.execute(mine).scalar_one_or_none()
        try:
            self.passwords.verify(known or self.nobody, password)
        except VerifyMismatchError:
            return None
        return known


def _base64(data: bytes) -> str:
    """As Argon2's encoded form has it."""
    return base64.b64encode(data).rstrip(b"=").decode()


def _still_known(connection: Connection, user: str, known: str, newer: str) -> User | None:
    """The active user whose password hash is still `known`, from now on `newer`.

    The update also holds the row until the transaction ends, so that a change of password waits.
    """
    mine = update(PERSON).where(PERSON.c.user_id == user, PERSON.c.password_hash == known)
    if connection.execute(mine.values(password_hash=newer)).rowcount != 1:
        return None
    found = find_user(connection, user)
    return found if found.is_active else None
