"""market.ports.shared_results.SharedResults in SQL."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, or_, select, update

from market.database.engine import Database
from market.database.people.tables import ORGANISATION
from market.database.shared_results.tables import READER_KEY, SHARED_RESULT
from market.entities.shared_result import SharedWith
from market.policy.operation.shared_results import check_shared, no_shared


@dataclass(frozen=True, slots=True)
class SqlSharedResults:
    """Over a database."""

    database: Database

    def put_reader_key(self, user: str, document: str) -> None:
        """See the port."""

        def step(connection: Connection) -> None:
            connection.execute(delete(READER_KEY).where(READER_KEY.c.user_id == user))
            connection.execute(insert(READER_KEY).values(user_id=user, document=document))

        self.database.run(step)

    def reader_key(self, user: str) -> str:
        """See the port."""
        found = select(READER_KEY.c.document).where(READER_KEY.c.user_id == user)
        with self.database.reading() as connection:
            return connection.execute(found).scalar() or ""

    def share(self, shared: SharedWith, *, most: int) -> None:
        """See the port; raises Refused."""

        def step(connection: Connection) -> None:
            # Two who share at once, one after the other.
            own = select(ORGANISATION).where(ORGANISATION.c.organisation == shared.organisation)
            connection.execute(own.with_for_update(key_share=True))
            connection.execute(delete(SHARED_RESULT).where(_of(shared.job, shared.recipient)))
            mine = SHARED_RESULT.c.organisation == shared.organisation
            readable = and_(mine, SHARED_RESULT.c.withdrawn_at == 0)
            found = int(connection.execute(select(func.count()).where(readable)).scalar_one())
            check_shared(shared.organisation, found, most)
            connection.execute(insert(SHARED_RESULT).values(asdict(shared)))

        self.database.run(step)

    def get(self, job: str, recipient: str) -> SharedWith:
        """See the port; raises NotFound."""
        found = self._found(_of(job, recipient))
        if not found:
            raise no_shared(job, recipient)
        return found[0]

    def of_user(self, user: str) -> list[SharedWith]:
        """See the port."""
        return self._found(or_(SHARED_RESULT.c.sharer == user, SHARED_RESULT.c.recipient == user))

    def of_organisation(self, organisation: str) -> list[SharedWith]:
        """See the port."""
        return self._found(SHARED_RESULT.c.organisation == organisation)

    def given_to(self, user: str, *, limit: int) -> list[SharedWith]:
        """See the port."""
        return self._found(SHARED_RESULT.c.recipient == user, limit=limit)

    def withdraw(self, job: str, recipient: str, *, now: int) -> None:
        """See the port."""
        readable = and_(_of(job, recipient), SHARED_RESULT.c.withdrawn_at == 0)
        emptied = update(SHARED_RESULT).where(readable).values(document="", withdrawn_at=now)
        self.database.run(lambda connection: connection.execute(emptied))

    def put_away(self, job: str, recipient: str) -> None:
        """See the port."""
        gone = delete(SHARED_RESULT).where(_of(job, recipient))
        self.database.run(lambda connection: connection.execute(gone))

    def forget_before(self, shared_before: int) -> None:
        """See the port."""
        old = delete(SHARED_RESULT).where(SHARED_RESULT.c.shared_at < shared_before)
        self.database.run(lambda connection: connection.execute(old))

    def _found(self, where: ColumnElement[bool], *, limit: int | None = None) -> list[SharedWith]:
        newest = (SHARED_RESULT.c.shared_at.desc(), SHARED_RESULT.c.job, SHARED_RESULT.c.recipient)
        found = select(SHARED_RESULT).where(where).order_by(*newest).limit(limit)
        with self.database.reading() as connection:
            rows = connection.execute(found)
            return [SharedWith(**row._mapping) for row in rows]


def remove_shared(connection: Connection, user: str) -> None:
    """Whoever was removed reads nothing more, and nothing of theirs is handed on."""
    mine = or_(SHARED_RESULT.c.sharer == user, SHARED_RESULT.c.recipient == user)
    connection.execute(delete(SHARED_RESULT).where(mine))
    connection.execute(delete(READER_KEY).where(READER_KEY.c.user_id == user))


def _of(job: str, recipient: str) -> ColumnElement[bool]:
    return and_(SHARED_RESULT.c.job == job, SHARED_RESULT.c.recipient == recipient)
