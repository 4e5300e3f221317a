"""Users as rows."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import ColumnElement, Connection, select, update

from market.database.people.errors import no_user, user_removed
from market.database.people.tables import ORGANISATION, PERSON, PERSON_ROLE
from market.entities.people import Names, Role, User


def find_user(connection: Connection, user: str) -> User:
    """A user with their roles, active or not.

    Raises:
        NotFound: `no-user`.
    """
    found = users_where(connection, PERSON.c.user_id == user)
    if not found:
        raise no_user(user)
    return found[0]


def find_present_user(connection: Connection, user: str) -> User:
    """A user who was not removed.

    Raises:
        NotFound: `no-user`. Conflict: `user-removed`.
    """
    found = find_user(connection, user)
    if found.former_number is not None:
        raise user_removed(user)
    return found


def users_where(connection: Connection, condition: ColumnElement[bool]) -> list[User]:
    """The users a condition on PERSON holds for, by id."""
    rows = connection.execute(select(PERSON).where(condition).order_by(PERSON.c.user_id)).all()
    roles: defaultdict[str, list[Role]] = defaultdict(list)
    having = select(PERSON_ROLE).where(
        PERSON_ROLE.c.user_id.in_(select(PERSON.c.user_id).where(condition))
    )
    for row in connection.execute(having.order_by(PERSON_ROLE.c.position)):
        roles[row.user_id].append(row.role)
    return [
        User(
            user=row.user_id,
            organisation=row.organisation,
            name=row.name,
            roles=tuple(roles[row.user_id]),
            identity_key=row.identity_key,
            is_active=row.is_active,
            former_number=row.former_number,
        )
        for row in rows
    ]


def read_names(connection: Connection, users: set[str], organisations: set[str]) -> Names:
    """What these are called; those there are."""
    people = select(PERSON.c.user_id, PERSON.c.name).where(PERSON.c.user_id.in_(users))
    companies = select(ORGANISATION).where(ORGANISATION.c.organisation.in_(organisations))
    return Names(
        {row.user_id: row.name for row in connection.execute(people)} if users else {},
        {row.organisation: row.name for row in connection.execute(companies)}
        if organisations
        else {},
    )


def change_user(connection: Connection, user: str, **values: object) -> None:
    """Change columns of a user (raises NotFound, `no-user`)."""
    changed = connection.execute(update(PERSON).where(PERSON.c.user_id == user).values(**values))
    if changed.rowcount != 1:
        raise no_user(user)


def has_administrator(connection: Connection) -> bool:
    """Whether anybody, active or not, is an administrator."""
    held = select(PERSON_ROLE.c.user_id).where(PERSON_ROLE.c.role == "administrator").limit(1)
    return connection.execute(held).first() is not None


def lock_administrators(connection: Connection) -> list[str]:
    """The active administrators; nobody changes them until the transaction ends."""
    active = (
        select(PERSON.c.user_id)
        .join(PERSON_ROLE, PERSON_ROLE.c.user_id == PERSON.c.user_id)
        .where(PERSON_ROLE.c.role == "administrator", PERSON.c.is_active.is_(True))
        .order_by(PERSON.c.user_id)
        .with_for_update()
    )
    return list(connection.execute(active).scalars())
