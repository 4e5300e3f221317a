"""People in SQL: organisations, users, their roles and keys."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, delete, exc, func, insert, select

from crypto.identity import PublicKey
from market.database.engine import insert_new
from market.database.inbox_marks.sql_inbox_marks import remove_marks
from market.database.notices.sql_notices import remove_notices
from market.database.people.errors import (
    former_name,
    keeps_an_administrator,
    key_of_another,
    no_organisation,
    organisation_differs,
    user_exists,
)
from market.database.people.passwords import PasswordsOfPeople
from market.database.people.rows import (
    change_user,
    find_present_user,
    find_user,
    lock_administrators,
    read_names,
    users_where,
)
from market.database.people.secrets import end_access
from market.database.people.tables import ORGANISATION, PERSON, PERSON_ROLE
from market.database.shared_results.sql_shared_results import remove_shared
from market.entities.people import Names, Organisation, Role, User
from market.policy.operation.passwords import refuse_weak_password


@dataclass(frozen=True, slots=True)
class SqlPeople(PasswordsOfPeople):
    """market.ports.people.People over a database; `passwords` carries Argon2's cost."""

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

    def names(self, users: Iterable[str], organisations: Iterable[str]) -> Names:
        """See the port."""
        with self.database.reading() as connection:
            return read_names(connection, set(users), set(organisations))

    def set_roles(self, user: str, roles: tuple[Role, ...]) -> None:
        def step(connection: Connection) -> None:
            administrators = lock_administrators(connection)
            find_present_user(connection, user)
            if "administrator" not in roles:
                keeps_an_administrator(administrators, user)
            _set_roles(connection, user, roles)

        self.database.run(step)

    def set_active(self, user: str, is_active: bool) -> None:
        """See the port; raises NotFound, Conflict."""

        def step(connection: Connection) -> None:
            administrators = lock_administrators(connection)
            find_present_user(connection, user)
            if not is_active:
                keeps_an_administrator(administrators, user)
                end_access(connection, user)
            change_user(connection, user, is_active=is_active)

        self.database.run(step)

    def remove_user(self, user: str) -> User:
        """See the port; raises NotFound, Conflict."""

        def step(connection: Connection) -> User:
            # Whoever else removes somebody waits for this lock: no number is given twice.
            administrators = lock_administrators(connection)
            find_present_user(connection, user)
            keeps_an_administrator(administrators, user)
            highest = connection.execute(select(func.max(PERSON.c.former_number))).scalar_one()
            number = (highest or 0) + 1
            _set_roles(connection, user, ())
            end_access(connection, user)
            remove_notices(connection, user)
            remove_marks(connection, user)
            remove_shared(connection, user)
            change_user(
                connection,
                user,
                name=former_name(number),
                password_hash="",
                is_active=False,
                former_number=number,
            )
            return find_user(connection, user)

        return self.database.run(step)

    def set_identity_key(self, user: str, identity_key: str) -> None:
        """See the port; raises NotFound, Conflict."""
        values = {
            "identity_key": identity_key,
            "identity_fingerprint": _fingerprint(identity_key),
        }
        try:
            self.database.run(lambda connection: change_user(connection, user, **values))
        except exc.IntegrityError as error:
            raise key_of_another(user) from error

    def by_identity_fingerprint(self, fingerprint: str) -> User | None:
        with self.database.reading() as connection:
            found = users_where(connection, PERSON.c.identity_fingerprint == fingerprint)
            return found[0] if found else None


def _organisation(connection: Connection, organisation: str) -> Organisation:
    mine = select(ORGANISATION).where(ORGANISATION.c.organisation == organisation)
    row = connection.execute(mine).one_or_none()
    if row is None:
        raise no_organisation(organisation)
    return Organisation(row.organisation, row.name)


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
