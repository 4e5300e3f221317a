"""People in SQL: organisations, users, passwords. Sessions and tokens are in people_secrets.

Passwords are Argon2id, verified outside any transaction, since that takes long on purpose; a name
nobody has costs the same time. A failed attempt is counted before the password is looked at, so
that many attempts at once do not slip through together.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import Connection, delete, exc, insert, select, update

from crypto.identity import PublicKey
from market.database.engine import insert_new
from market.database.people.errors import (
    FAILURES_FORGOTTEN_SECONDS,
    keeps_an_administrator,
    key_of_another,
    no_organisation,
    no_user,
    organisation_differs,
    too_many_attempts,
    user_exists,
)
from market.database.people.rows import find_user, lock_administrators, users_where
from market.database.people.secrets import (
    SecretsOfPeople,
    end_access,
    issue_token,
    open_session,
)
from market.database.people.tables import (
    ORGANISATION,
    PERSON,
    PERSON_ROLE,
    SIGN_IN_FAILURE,
)
from market.entities.people import Organisation, Role, User
from market.policy.passwords import refuse_weak_password, wait_seconds
from market.ports.people import hash_of

T = TypeVar("T")

PASSWORDS: Final = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)
"""RFC 9106 section 4, the second recommended option (64 MiB), on one lane."""
_SALT_BYTES = 16


@dataclass(frozen=True, slots=True)
class SqlPeople(SecretsOfPeople):
    """market.ports.people.People over a database; `passwords` carries Argon2's cost."""

    passwords: PasswordHasher = PASSWORDS

    @property
    def nobody(self) -> str:
        """What a password for an unknown name is compared with: it costs what a real one costs.

        Its digest is all zeros, so that no password has been hashed to make it.
        """
        cost = f"m={self.passwords.memory_cost},t={self.passwords.time_cost}"
        salt, digest = (_base64(bytes(size)) for size in (_SALT_BYTES, self.passwords.hash_len))
        return f"$argon2id$v=19${cost},p={self.passwords.parallelism}${salt}${digest}"

    def add_organisation(self, organisation: Organisation) -> None:
        """See the port; raises Conflict."""

        def step(connection: Connection) -> None:
            values = {"organisation": organisation.organisation, "name": organisation.name}
            if not insert_new(connection, ORGANISATION, **values):
                found = _organisation(connection, organisation.organisation)
                if found != organisation:
                    raise organisation_differs(found, organisation)

        self.database.run(step)

    def organisation(self, organisation: str) -> Organisation:
        """See the port; raises NotFound."""
        with self.database.reading() as connection:
            return _organisation(connection, organisation)

    def organisations(self) -> list[Organisation]:
        with self.database.reading() as connection:
            rows = connection.execute(select(ORGANISATION).order_by(ORGANISATION.c.organisation))
            return [Organisation(row.organisation, row.name) for row in rows]

    def add_user(self, user: User, password: str) -> None:
        """See the port; raises Refused, NotFound, Conflict."""
        refuse_weak_password(user.user, password)
        hashed = self.passwords.hash(password)

        def step(connection: Connection) -> None:
            _organisation(connection, user.organisation)
            _refuse_key_of_another(connection, user.user, user.identity_key)
            if not insert_new(
                connection,
                PERSON,
                user_id=user.user,
                organisation=user.organisation,
                name=user.name,
                password_hash=hashed,
                identity_key=user.identity_key,
                identity_fingerprint=_fingerprint(user.identity_key),
                is_active=user.is_active,
            ):
                raise user_exists(user.user)
            _set_roles(connection, user.user, user.roles)

        self.database.run(step)

    def user(self, user: str) -> User:
        """See the port; raises NotFound."""
        with self.database.reading() as connection:
            return find_user(connection, user)

    def users(self) -> list[User]:
        with self.database.reading() as connection:
            return users_where(connection, PERSON.c.user_id.is_not(None))

    def set_password(self, user: str, password: str) -> None:
        """See the port; raises Refused, NotFound."""
        refuse_weak_password(user, password)
        hashed = self.passwords.hash(password)

        def step(connection: Connection) -> None:
            _change(connection, user, password_hash=hashed)
            end_access(connection, user)

        self.database.run(step)

    def set_roles(self, user: str, roles: tuple[Role, ...]) -> None:
        def step(connection: Connection) -> None:
            administrators = lock_administrators(connection)
            find_user(connection, user)
            if "administrator" not in roles:
                keeps_an_administrator(administrators, user)
            _set_roles(connection, user, roles)

        self.database.run(step)

    def set_active(self, user: str, is_active: bool) -> None:
        """See the port; raises NotFound, Conflict."""

        def step(connection: Connection) -> None:
            administrators = lock_administrators(connection)
            if not is_active:
                keeps_an_administrator(administrators, user)
                end_access(connection, user)
            _change(connection, user, is_active=is_active)

        self.database.run(step)

    def set_identity_key(self, user: str, identity_key: str) -> None:
        """See the port; raises NotFound, Conflict."""
        values = {
            "identity_key": identity_key,
            "identity_fingerprint": _fingerprint(identity_key),
        }
        try:
            self.database.run(lambda connection: _change(connection, user, **values))
        except exc.IntegrityError as error:
            raise key_of_another(user) from error

    def by_identity_fingerprint(self, fingerprint: str) -> User | None:
        with self.database.reading() as connection:
            found = users_where(connection, PERSON.c.identity_fingerprint == fingerprint)
            return found[0] if found else None

    def check_password(self, user: str, password: str, *, now: int) -> User | None:
        """See the port; raises Refused (`too-many-attempts`)."""
        return self._let_in(user, password, lambda _connection, found: found, now=now)

    def sign_in(self, user: str, password: str, *, now: int) -> str | None:
        def step(connection: Connection, found: User) -> str:
            return open_session(connection, found.user, now=now)

        return self._let_in(user, password, step, now=now)

    def sign_in_program(
        self,
        user: str,
        password: str,
        scopes: tuple[str, ...],
        label: str,
        *,
        now: int,
        lifetime_seconds: int,
    ) -> str | None:
        expires_at = now + lifetime_seconds

        def step(connection: Connection, found: User) -> str:
            return issue_token(
                connection, found.user, scopes, label, now=now, expires_at=expires_at
            )

        return self._let_in(user, password, step, now=now)

    def _let_in(
        self, user: str, password: str, step: Callable[[Connection, User], T], *, now: int
    ) -> T | None:
        """Do `step` for the active user whose password this is, in the transaction that finds it
        unchanged since it was verified."""
        self.database.run(lambda connection: _count_attempt(connection, user, now=now))
        with self.database.reading() as connection:
            known = connection.execute(
                select(PERSON.c.password_hash).where(PERSON.c.user_id == user)
            ).scalar_one_or_none()
        try:
            self.passwords.verify(known or self.nobody, password)
        except VerifyMismatchError:
            return None
        if known is None:
            return None
        old = self.passwords.check_needs_rehash(known)
        newer = self.passwords.hash(password) if old else known

        def let_in(connection: Connection) -> T | None:
            found = _still_known(connection, user, known, newer)
            return step(connection, found) if found is not None else None

        return self.database.run(let_in)


def _base64(data: bytes) -> str:
    """As Argon2's encoded form has it."""
    return base64.b64encode(data).rstrip(b"=").decode()


def _count_attempt(connection: Connection, user: str, *, now: int) -> None:
    """Count an attempt as failed, unless the name has to wait (raises Refused)."""
    forgotten = SIGN_IN_FAILURE.c.failed_at <= now - FAILURES_FORGOTTEN_SECONDS
    connection.execute(delete(SIGN_IN_FAILURE).where(forgotten))
    mine = SIGN_IN_FAILURE.c.name_hash == hash_of(user)
    if insert_new(connection, SIGN_IN_FAILURE, name_hash=hash_of(user), failures=1, failed_at=now):
        return
    row = connection.execute(select(SIGN_IN_FAILURE).where(mine).with_for_update()).one()
    left = row.failed_at + wait_seconds(row.failures) - now
    if left > 0:
        raise too_many_attempts(left)
    connection.execute(
        update(SIGN_IN_FAILURE).where(mine).values(failures=row.failures + 1, failed_at=now)
    )


def _still_known(connection: Connection, user: str, known: str, newer: str) -> User | None:
    """The active user whose password hash is still `known`, from now on `newer`.

    The update also holds the row until the transaction ends, so that a change of password waits.
    """
    mine = update(PERSON).where(PERSON.c.user_id == user, PERSON.c.password_hash == known)
    if connection.execute(mine.values(password_hash=newer)).rowcount != 1:
        return None
    found = find_user(connection, user)
    if not found.is_active:
        return None
    connection.execute(delete(SIGN_IN_FAILURE).where(SIGN_IN_FAILURE.c.name_hash == hash_of(user)))
    return found


def _organisation(connection: Connection, organisation: str) -> Organisation:
    mine = select(ORGANISATION).where(ORGANISATION.c.organisation == organisation)
    row = connection.execute(mine).one_or_none()
    if row is None:
        raise no_organisation(organisation)
    return Organisation(row.organisation, row.name)


def _change(connection: Connection, user: str, **values: object) -> None:
    changed = connection.execute(update(PERSON).where(PERSON.c.user_id == user).values(**values))
    if changed.rowcount != 1:
        raise no_user(user)


def _set_roles(connection: Connection, user: str, roles: tuple[Role, ...]) -> None:
    connection.execute(delete(PERSON_ROLE).where(PERSON_ROLE.c.user_id == user))
    distinct = list(dict.fromkeys(roles))
    if distinct:
        rows = [{"user_id": user, "role": r, "position": i} for i, r in enumerate(distinct)]
        connection.execute(insert(PERSON_ROLE), rows)


def _refuse_key_of_another(connection: Connection, user: str, identity_key: str) -> None:
    if not identity_key:
        return
    holder = select(PERSON.c.user_id).where(
        PERSON.c.identity_fingerprint == _fingerprint(identity_key), PERSON.c.user_id != user
    )
    if connection.execute(holder).first() is not None:
        raise key_of_another(user)


def _fingerprint(identity_key: str) -> str | None:
    return PublicKey.parse(identity_key).fingerprint() if identity_key else None
